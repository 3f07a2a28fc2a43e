"""The study of the paper on F2SA with Adam: its files, tables and figures."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from conftest import REPOSITORY
from given import draw, make_table, printed, shown
from relaxpen.display.printing import markdown
from relaxpen.studies.points import expand
from relaxpen.studies.show import write_figure
from relaxpen.studies.study import load_study
from relaxpen.tasks.cleaning.f2sa_tables import curves, first_at, parameters, to_target
from relaxpen.tasks.selection.tables import selected

FOLDER = REPOSITORY / "config/studies"
# The accuracy of the current model at four checkpoints, and the steps and seconds there.
ACCURACY = {10: [0.5, 0.7, 0.81, 0.79], 11: [0.5, 0.6, 0.7, 0.8], 12: [0.5, 0.6, 0.7, 0.7]}
STEPS = [1, 2, 4, 8]


def study(name):
    found = load_study(FOLDER / f"{name}.yaml")
    return found.model_copy(update={"seeds": list(ACCURACY)})


def made_up(found):
    """Summary and traces: every run has the curve of its seed; one of F2SA's stops early."""
    summary, traces = [], []
    for one in expand(found):
        noise = getattr(one.settings.data, "noise_rate", None)
        place = {"instance": one.instance, "source": one.settings.data.source, "noise_rate": noise}
        place |= {"method": one.method, "title": one.method.upper(), "setting": one.name}
        for seed, accuracies in ACCURACY.items():
            broken = one.method == "f2sa" and seed == 12
            status = "nonfinite" if broken else "finished"
            ends = {"steps": 8, "solver_s": 0.8, "mask": None if broken else "nearest"}
            names = ("value_function", "relaxed_value_function", "refit_test_loss")
            ends |= dict.fromkeys((*names, "refit_test_accuracy"), math.nan if broken else 0.25)
            summary.append(place | {"seed": seed, "status": status} | ends)
            for number, accuracy in enumerate(accuracies[: 3 if broken else 4]):
                row = place | {"seed": seed, "status": status, "iteration": number}
                row |= {"step": STEPS[number], "solver_s": STEPS[number] / 10}
                row |= {"test_accuracy": accuracy, "validation_loss": 1 - accuracy}
                row |= {"value_function": 0.3} | (
                    {} if noise is None else {"auc": 0.5 + accuracy / 10}
                )
                traces.append(row)
    return pd.DataFrame(summary), pd.DataFrame(traces)


def test_settings_are_those_of_the_paper():
    methods = {
        (one.settings.data.source, one.method): one.settings.method
        for one in expand(load_study(FOLDER / "f2sa_cleaning.yaml"))
    }
    table_3 = {
        ("mnist", "f2sa"): (0.05, 1),
        ("fashion_mnist", "f2sa"): (0.1, 1),
        ("mnist", "f2sa_adam"): (0.0009, 5),
        ("fashion_mnist", "f2sa_adam"): (0.001, 1),
        ("mnist", "f2sa_adam_text"): (0.00009, 5),
    }
    for key, (alpha, xi) in table_3.items():
        method = methods[key]
        assert (method.inner, method.outer) == pytest.approx((alpha, xi * alpha))
        assert (method.growth, method.batch_size, method.multiplier) == (0.1, 64, 1)
        assert getattr(method, "beta_2", 0.99) == 0.99
        assert not method.paired
    assert ("fashion_mnist", "f2sa_adam_text") not in methods


def test_every_control_differs_from_its_method_by_x_alone():
    for name in ("f2sa_cleaning", "f2sa_ridge"):
        found = {(one.instance, one.method): one for one in expand(study(name))}
        frozen = [key for key in found if key[1].endswith("_frozen")]
        assert len(frozen) >= 4
        for instance, method in frozen:
            control = found[instance, method].settings
            moving = found[instance, method.removesuffix("_frozen")].settings
            changed = moving.method.model_copy(update={"outer": 0.0})
            assert moving.model_copy(update={"method": changed}) == control


def test_the_values_of_the_search_grid_are_all_there():
    table = parameters(shown(study("f2sa_sensitivity")))
    adam = table[table.name == "f2sa_adam"]
    assert set(adam.beta_1) == {0.9, 0.85, 0.8, 0.75, 0.7}
    assert set(adam.beta_2) == {0.999, 0.99, 0.98, 0.95, 0.9, 0.85}
    assert {0.01, 0.005, 0.001, 0.0009, 0.0005} < set(adam.alpha)
    assert {0.5, 1, 5} < set(adam.xi.round(9))
    assert set(table[table.name == "f2sa"].alpha) == {1, 0.5, 0.1, 0.05, 0.01, 0.005}


def test_who_reaches_the_target_and_when():
    found = study("f2sa_cleaning")
    table = to_target(*made_up(found), shown(found)).set_index(["instance", "method"])
    row = table.loc["source=mnist,noise_rate=0.5", "f2sa_adam"]
    assert (row.num_reached, row.num_runs, row.num_nonfinite) == (2, 3, 0)
    assert (row.steps, row.seconds, row.paper_s) == (8, 0.8, 1.2)  # of 4, 8 and never
    assert row.highest_accuracy_mean == pytest.approx((0.81 + 0.8 + 0.7) / 3)
    assert row.test_accuracy_mean == pytest.approx((0.79 + 0.8 + 0.7) / 3)
    broken = table.loc["source=mnist,noise_rate=0.5", "f2sa"]
    assert (broken.num_reached, broken.num_nonfinite, broken.paper_s) == (2, 1, 4.9)
    assert broken.relaxed_value_function_mean == 0.25
    control = table.loc["source=mnist,noise_rate=0.5", "f2sa_frozen"]
    assert math.isnan(control.paper_s)
    assert math.isnan(table.loc["source=fashion_mnist,noise_rate=0.7", "saba"].paper_s)


def test_a_target_that_most_runs_never_reach_is_printed_so():
    found = study("f2sa_cleaning")
    summary, traces = made_up(found)
    table = to_target(summary, traces.assign(test_accuracy=0.1), shown(found))
    assert (table.steps == math.inf).all()
    assert "| 0 | 3 | never | never | 1.2 | 0.100" in markdown(
        printed("cleaning", "to_target", table)
    )


def test_a_run_that_diverges_later_has_reached_its_target_all_the_same():
    trace = pd.DataFrame({"test_accuracy": [0.7, 0.8, 0.2], "step": [1, 2, 4]})
    assert first_at(trace, 0.8, "step") == 2
    assert first_at(trace, 0.9, "step") == math.inf


def test_curves_are_quartiles_and_end_where_the_first_run_does():
    found = study("f2sa_cleaning")
    table = curves(*made_up(found), shown(found)).set_index(["instance", "method", "iteration"])
    row = table.loc["source=mnist,noise_rate=0.5", "saba", 2]
    quartiles = np.quantile([0.81, 0.7, 0.7], [0.25, 0.5, 0.75])
    names = ("lower", "median", "upper")
    assert [row[f"test_accuracy_{name}"] for name in names] == pytest.approx(quartiles)
    assert (row.step, row.solver_s, row.num_runs) == (4, 0.4, 3)
    runs = table.loc["source=mnist,noise_rate=0.5"]
    assert list(runs.loc["saba"].index) == [0, 1, 2, 3]
    assert list(runs.loc["f2sa"].index) == [0, 1, 2]


def test_selection_has_no_noise_and_no_mask():
    found = study("f2sa_ijcnn1")
    summary, traces = made_up(found)
    table = selected(summary, traces, shown(found)).set_index("method")
    assert table.loc["f2sa_adam"].median_last_loss == pytest.approx(0.21)  # of 0.2, 0.21 and 0.3
    assert table.loc["f2sa_adam"].num_worse == 0
    assert (table.loc["f2sa"].num_runs, table.loc["f2sa"].num_nonfinite) == (3, 1)
    table = curves(summary, traces, shown(found))
    assert table.auc_median.isna().all()
    assert table.noise_rate.isna().all()


def test_a_last_model_that_explodes_is_counted_and_moves_no_number():
    found = study("f2sa_ijcnn1")
    summary, traces = made_up(found)
    plain = selected(summary, traces, shown(found)).set_index("method").loc["f2sa_adam"]
    last = traces.groupby(["method", "seed"]).iteration.transform("max") == traces.iteration
    worst = last & (traces.method == "f2sa_adam") & (traces.seed == traces.seed.max())
    assert worst.sum() == 1
    traces.loc[worst, "validation_loss"] = 1e28
    table = selected(summary, traces, shown(found)).set_index("method").loc["f2sa_adam"]
    assert table.num_worse == 1
    assert table.median_last_loss == plain.median_last_loss


@pytest.mark.parametrize("name", ["f2sa_cleaning", "f2sa_ridge", "f2sa_sensitivity", "f2sa_ijcnn1"])
def test_tables_and_figures_of_equal_runs_have_equal_bytes(name, tmp_path):
    found = study(name)
    frames = made_up(found)
    curves(*frames, shown(found)).to_csv(tmp_path / "curves.csv", index=False)
    assert set(found.tables) <= {"to_target", "sensitivity", "selected"}
    for table in found.tables:
        made = [make_table(found.task, table, *frames, found) for _ in range(2)]
        assert made[0].to_csv(index=False) == made[1].to_csv(index=False)
        assert "nan" not in markdown(printed(found.task, table, made[0]))
    for figure in found.figures:
        assert found.of_task.figures[figure].tables == ("curves",)
        first, second = (write_figure(figure, found, tmp_path, tmp_path / out) for out in "ab")
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_methods_that_the_paper_does_not_have_are_drawn_each_in_a_colour_of_its_own():
    names = ["saba", "added", "saba_fast", "another"]
    table = pd.DataFrame({"method": names, "title": names, "step": 1, "solver_s": 1.0})
    for quantity in ("value_function", "validation_loss"):
        for part in ("lower", "median", "upper"):
            table[f"{quantity}_{part}"] = 0.5
    figure = draw("selection", "loss_steps", {"curves": table})
    colors = {line.get_label(): line.get_color() for line in figure.axes[0].lines}
    plt.close(figure)
    assert list(colors) == names
    assert colors["saba"] == colors["saba_fast"]
    assert len(set(colors.values())) == 3
