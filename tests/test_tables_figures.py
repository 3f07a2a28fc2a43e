import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.pyplot import imread
from scipy import stats

from conftest import REPOSITORY
from given import draw, printed, shown
from relaxpen.audit.reference import fill_tables
from relaxpen.display.printing import latex, markdown
from relaxpen.display.statistics import mean_interval
from relaxpen.inputs.errors import SettingsError
from relaxpen.studies.points import expand
from relaxpen.studies.show import texts_of, write_figure
from relaxpen.studies.study import STUDIES, Study, load_study
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.thesis import curves, tables

STUDY = Study(
    task="thesis",
    description="made up",
    methods=["relax_penalize"],
    seeds=[0, 1],
    targets=["noisy", 0.1],
)
PLACE = {
    "instance": "source=mnist,noise_rate=0.2",
    "source": "mnist",
    "noise_rate": 0.2,
    "num_steps": 5,
    "cell": "num_steps=5",
}


def trace(seed, losses, status="finished"):
    rows = [
        {"iteration": i, "test_loss": loss, "validation_loss": loss + 1, "num_kept": 10 - i}
        | {"solver_s": 2.0 * (i + 1), "num_lower_steps": 100 * (i + 1), "phase": "search"}
        for i, loss in enumerate(losses)
    ]
    return pd.DataFrame(rows).assign(**PLACE, method="relax_penalize", seed=seed, status=status)


def run(seed, method="relax_penalize", mask="nearest", status="finished", **metrics):
    values = dict.fromkeys([*tables.FINAL_METRICS, *tables.COSTS, "relaxed_value_function"], 1.0)
    values |= {"relaxed_upper_value": 1.0, "upper_value": 1.0, "refit_converged": True}
    if status != "finished":
        values, mask = dict.fromkeys(values, math.nan), None
    facts = {"method": method, "mask": mask, "seed": seed, "status": status, "binary": True}
    return PLACE | facts | values | metrics


def reference(seed, loss, mask="noisy"):
    nowhere = {"num_steps": math.nan, "cell": None, "binary": None}
    return run(seed, "references", mask, refit_test_loss=loss) | nowhere


def test_interval_is_students():
    values = np.array([1.0, 2.0, 4.0, 5.5, 3.0])
    found = mean_interval(values)
    expected = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert found.mean == values.mean()
    assert (found.low, found.high) == pytest.approx(expected)


def test_interval_of_one_value_is_unknown_and_nan_is_left_out():
    assert mean_interval(np.array([3.0])).mean == 3
    assert math.isnan(mean_interval(np.array([3.0])).low)
    assert math.isnan(mean_interval(np.array([math.nan])).mean)
    assert mean_interval(np.array([1.0, math.nan, 3.0])).mean == 2


def test_curves_hold_the_last_value_and_leave_out_what_did_not_finish():
    traces = pd.concat(
        [trace(0, [3.0, 2.0, 1.0]), trace(1, [5.0, 4.0]), trace(2, [9.0], "nonfinite")]
    )
    table = curves.curves(pd.DataFrame(), traces, shown(STUDY))
    losses = table[table.quantity == "test_loss"]
    assert losses["mean"].tolist() == [4.0, 3.0, 2.5]
    assert set(losses.num_runs) == {2}


def test_targets_count_runs_that_never_reach_them():
    lost = trace(2, [0.9, 0.0], "nonfinite")
    end = trace(1, [0.9, 0.8, 0.7, 0.0])
    end.loc[3, "phase"] = "final"  # after the last step: it took steps that no clock saw
    traces = pd.concat([trace(0, [0.9, 0.5, 0.2]), end, lost])
    summary = [reference(seed, loss) for seed, loss in enumerate([0.5, 0.6, 0.6])]
    summary += [reference(seed, 0.3, "oracle") for seed in range(3)]
    study = STUDY.model_copy(update={"targets": ["noisy", "halfway", 0.1]})
    table = curves.targets(pd.DataFrame(summary), traces, shown(study))
    noisy, halfway, absolute = (table.iloc[row] for row in range(3))
    assert (noisy.num_reached, noisy.num_runs, noisy.num_nonfinite) == (1, 3, 1)
    assert (noisy.solver_s_mean, noisy.num_lower_steps_mean) == (4.0, 200)
    assert noisy.target_loss_mean == pytest.approx(0.55)
    assert halfway.target_loss_mean == pytest.approx(0.425)
    assert halfway.solver_s_mean == 6.0
    assert (absolute.num_reached, absolute.num_runs) == (0, 3)
    assert math.isnan(absolute.solver_s_mean)


def test_final_table_counts_runs_that_did_not_finish():
    rows = [run(0, refit_test_loss=0.5), run(1, status="nonfinite"), run(2, refit_test_loss=0.7)]
    rows[2] |= {"binary": False, "refit_converged": False}
    table = tables.final(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY))
    row = table.iloc[0]
    assert row.refit_test_loss_mean == pytest.approx(0.6)
    assert (row.num_runs, row.num_nonfinite, row.num_not_binary) == (3, 1, 1)
    assert row.num_not_converged == 1
    only = tables.final(pd.DataFrame(rows[1:2]), pd.DataFrame(), shown(STUDY)).iloc[0]
    assert (only.num_runs, only.num_nonfinite) == (1, 1)


def test_rounding_table_puts_each_number_in_its_column():
    rows = [
        run(0, "relax_round", "nearest", value_function=2.0, relaxed_value_function=1.5),
        run(0, "relax_round", "budget", value_function=3.0),
        run(0, "relax_penalize", "nearest", value_function=4.0, num_kept=7),
        run(0, "exact_gradient", "nearest", value_function=0.5),
    ]
    row = tables.rounding(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY)).iloc[0]
    assert row.relaxed_value_mean == 1.5
    assert (row.half_value_mean, row.budget_value_mean) == (2, 3)
    assert (row.penalized_value_mean, row.penalized_kept_mean) == (4, 7)
    assert row.exact_value_mean == 0.5
    assert (row.num_runs, row.num_nonfinite) == (1, 0)


def test_rounding_table_compares_the_same_seeds():
    rows = [
        run(seed, "relax_round", mask, value_function=1.0 + seed)
        for seed in (0, 1)
        for mask in ("nearest", "budget")
    ]
    rows += [run(0, value_function=5.0), run(1, status="nonfinite")]
    row = tables.rounding(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY)).iloc[0]
    assert (row.half_value_mean, row.penalized_value_mean) == (1, 5)
    assert (row.num_runs, row.num_nonfinite) == (2, 1)


def test_instances_that_differ_in_more_than_source_and_noise_are_kept_apart():
    other = {"instance": "source=mnist,noise_rate=0.2,num_train=80"}
    rows = [run(0, refit_test_loss=0.5), run(0, refit_test_loss=0.7) | other]
    table = tables.final(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY))
    assert table.refit_test_loss_mean.tolist() == [0.5, 0.7]
    text = markdown(printed("thesis", "final", table, "a caption."))
    assert "num_train=80" in text or "num train=80" in text


def test_overview_has_a_row_per_training_set_and_a_column_per_instance():
    rows = [run(0, refit_test_loss=0.4), reference(0, 0.9), reference(0, 0.2, "oracle")]
    table = tables.overview(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY))
    assert table["trained on"].tolist() == ["all noisy data", "filtered, T = 5", "oracle mask"]
    assert table["MNIST, noise 0.2_mean"].tolist() == [0.9, 0.4, 0.2]


def test_cost_table_counts_a_run_once():
    rows = [run(0, "relax_round", mask, solver_s=8.0) for mask in ("nearest", "budget")]
    row = tables.cost(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY)).iloc[0]
    assert (row.num_runs, row.solver_s_mean) == (1, 8)


def test_printed_tables_have_a_row_for_each_row():
    rows = [run(seed, refit_test_loss=0.5 + seed / 10) for seed in range(3)]
    table = tables.final(pd.DataFrame(rows), pd.DataFrame(), shown(STUDY))
    given = printed("thesis", "final", table, "a caption.")
    text = markdown(given)
    assert "0.600 [0.352, 0.848]" in text
    assert text.splitlines()[-1].startswith("A caption. Mean over seeds")
    assert r"95 \% t interval" in latex(given)
    assert latex(given).count(r"\\") == 2


def test_figures_show_the_numbers_of_their_tables():
    rows = [trace(seed, [3.0 + seed, 2.0, 1.0]) for seed in (0, 1)]
    summary = [run(seed, refit_test_loss=0.4, relaxed_auc=0.6) for seed in (0, 1)]
    summary += [reference(seed, 0.5, name) for seed in (0, 1) for name in ("noisy", "oracle")]
    made = {
        "curves": curves.curves(pd.DataFrame(), pd.concat(rows), shown(STUDY)),
        "final": tables.final(pd.DataFrame(summary), pd.DataFrame(), shown(STUDY)),
    }
    for name, expected in (("figure_4_1", [3.5, 2, 1]), ("figure_4_3", [4.5, 3, 2])):
        axes = draw("thesis", name, made).axes[0]
        curve = next(line for line in axes.lines if line.get_label() == "T = 5")
        assert curve.get_ydata().tolist() == expected
        assert {"all noisy data", "oracle mask"} <= {line.get_label() for line in axes.lines}
    for name, expected in (("figure_4_4", 0.4), ("mask_quality", 0.6)):
        axes = draw("thesis", name, made).axes[0]
        assert axes.containers[0].lines[0].get_ydata().tolist() == [expected]


KEPT = sorted((REPOSITORY / "figures/reference").glob("*/*.png"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_figures_of_the_reference_are_those_of_its_tables(path, tmp_path):
    """Equal data gives equal bytes: those committed, or, if another kind of machine drew these, twice."""
    study, names = path.parent.name, (path.name, f"{path.stem}.pdf")
    of = load_study(REPOSITORY / STUDIES / f"{study}.yaml")

    def drawn_to(out):
        tables = REPOSITORY / "results/reference" / study / "tables"
        write_figure(path.stem, of, tables, tmp_path / out)
        return [(tmp_path / out / name).read_bytes() for name in names]

    first = drawn_to("one")
    if first != [path.with_name(name).read_bytes() for name in names]:
        assert first == drawn_to("two")
    drawn, committed = (imread(where) for where in (tmp_path / "one" / path.name, path))
    assert drawn.shape == committed.shape
    assert np.abs(drawn - committed).mean() < 1e-3


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="unknown figure 'figure_9' of task thesis"):
        write_figure("figure_9", STUDY, tmp_path, tmp_path)
    with pytest.raises(SettingsError, match="unknown table 'last' of task thesis"):
        texts_of("last", STUDY, expand(STUDY), pd.DataFrame(), pd.DataFrame())


def test_the_reference_has_every_figure_there_is():
    assert {path.parent for path in KEPT} == set((REPOSITORY / "figures/reference").iterdir())
    assert {path.stem for path in KEPT} == {
        name for task in TASKS.values() for name in task.figures
    }


def test_tables_in_the_readme_are_those_of_the_reference():
    text = (REPOSITORY / "README.md").read_text()
    assert "<!-- table thesis/overview -->" in text
    assert fill_tables(text, REPOSITORY / "results/reference") == text
