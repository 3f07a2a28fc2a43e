"""Tables and figures of comparisons."""

import math

import numpy as np
import pandas as pd
import pytest

from given import shown
from relaxpen.studies.show import write_figure
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.cleaning.tables import methods, progress, what_to_use
from versus import summary_of, versus


def traces_of(summary):
    """Two checkpoints for each run that searches."""
    rows = []
    for run in summary[summary.method != "drop"].to_dict("records"):
        for iteration in (0, 1):
            place = {
                name: run[name]
                for name in list(run)
                if name not in ("f1", "auc", "mask", "relaxed_auc")
            }
            place |= {"iteration": iteration, "num_lower_steps": 20.0 * (iteration + 1)}
            place |= {"f1": 0.1 * iteration, "auc": 0.5, "value_function": np.nan}
            rows.append(place | {"test_loss": 1.0, "test_accuracy": 0.5})
    return pd.DataFrame(rows)


def test_tables_are_means_over_the_seeds_that_finished():
    study = versus()
    summary = summary_of(study, {("outer=1.0", 1): math.nan})
    table = methods(summary, traces_of(summary), shown(study)).set_index(["instance", "title"])
    broken = table.loc["noise_rate=0.2", "SOBA, outer=1.0"]
    assert (broken.num_runs, broken.num_nonfinite, broken.f1_mean) == (2, 1, 0.25)
    whole = table.loc["noise_rate=0.2", "PULLED"]
    assert (whole.num_runs, whole.num_nonfinite, whole.f1_mean) == (2, 0, 0.75)
    assert whole.num_lower_steps_mean == 40
    assert whole.auc_mean == pytest.approx(0.9)  # of the weights, before they were rounded
    assert table.loc["noise_rate=0.2", "DROP"].auc_mean == 0.75
    steps = progress(summary, traces_of(summary), shown(study)).set_index(
        ["instance", "title", "iteration"]
    )
    assert steps.loc["noise_rate=0.5", "PULLED", 1].f1_mean == pytest.approx(0.1)
    assert steps.loc["noise_rate=0.5", "DROP", 0].f1_mean == 0.75  # it searches nothing


def test_what_to_use_is_a_mean_over_instances_of_the_seeds_that_finished_everywhere():
    study = versus()
    summary = summary_of(study, {("outer=1.0", 1): math.nan})
    by_noise = {0.2: 0.1, 0.5: 0.5}
    summary["f1"] = summary.noise_rate.map(by_noise) + summary.seed
    table = what_to_use(summary, traces_of(summary), shown(study)).set_index("title")
    assert table.loc["PULLED"].f1_mean == pytest.approx(0.8)  # of seeds 0 and 1: 0.3 and 1.3
    broken = table.loc["SOBA, outer=1.0"]
    assert (broken.num_runs, broken.num_nonfinite) == (4, 2)
    assert broken.f1_mean == pytest.approx(0.3)
    assert math.isnan(broken.gain_mean)  # nothing here is trained on the validation data alone
    alone = summary[summary.method == "drop"].assign(method="validation_only", title="ALONE")
    summary.loc[summary.method == "pulled", "joined_test_accuracy"] = 0.53 + summary.seed
    summary.loc[summary.method == "pulled", "joined_test_accuracy"] += summary.noise_rate
    alone = alone.assign(joined_test_accuracy=0.5 + alone.seed + alone.noise_rate)
    both = pd.concat([summary, alone], ignore_index=True)
    gains = what_to_use(both, traces_of(summary), shown(study)).set_index("title")
    assert gains.loc["PULLED"].gain_mean == pytest.approx(3)
    assert gains.loc["PULLED"].gain_low == pytest.approx(3)  # paired: seeds and instances go out
    assert gains.loc["ALONE"].gain_mean == 0


FIGURES = {
    name
    for name, one in TASKS["cleaning"].figures.items()
    if one.tables in {("methods",), ("progress",)}
}


@pytest.mark.parametrize("name", sorted(FIGURES - {"equal_cost"}))
def test_figures_of_equal_tables_have_equal_bytes(name, tmp_path):
    study = versus()
    summary = summary_of(study, {})
    for kind, maker in (("methods", methods), ("progress", progress)):
        maker(summary, traces_of(summary), shown(study)).to_csv(
            tmp_path / f"{kind}.csv", index=False
        )
    first, second = (write_figure(name, study, tmp_path, tmp_path / out) for out in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
