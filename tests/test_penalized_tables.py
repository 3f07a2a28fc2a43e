"""The tables of the relax-and-penalize paper: our number, the published one, and their difference."""

import math
from functools import cache

import pandas as pd
import pytest

from given import make_table, printed
from relaxpen.display.printing import markdown
from relaxpen.studies.points import expand
from relaxpen.studies.study import Study
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.distillation.tables import LOST
from relaxpen.tasks.groups.published import ERRORS, VALUES

GROUPS = {
    "task": "groups",
    "description": "d",
    "group": "g",
    "fixed": {"data.source": "group_lasso", "data.sizes": "inequal"},
    "grid": {"data.smallest": [0.1, 0.2]},
    "methods": {
        "relax": {"title": "relaxation", "fixed": {"method.name": "saga"}},
        "penalize": {"title": "penalize", "fixed": {"method.name": "saga", "method.batch_size": 2}},
    },
    "seeds": [0, 1],
}
SAMPLES = {
    "task": "distillation",
    "description": "d",
    "group": "g",
    "fixed": {"data.source": "blog", "method.name": "projected"},
    "grid": {"budget": [0.1]},
    "methods": {
        "penalize": {"title": "ours", "fixed": {"method.step_size": 0.3}},
        "penalize_published": {"title": "theirs", "fixed": {"method.step_size": 1e-5}},
    },
    "seeds": [0, 1],
}


@cache
def made_up(kind):
    """A study and the rows of its runs: value = 0.01 (instance + 1) + 0.1 (mask) + 0.002 (seed)."""
    study = Study.model_validate(GROUPS if kind == "groups" else SAMPLES)
    rows = []
    for one in expand(study):
        masks = ("oracle", "relaxed", "half", "argmax")
        masks = masks if kind == "groups" else ("relaxed", "half", "top")
        for number, mask in enumerate(masks):
            for seed in one.seeds:
                value = 0.01 + 0.1 * number + 0.002 * seed
                place = {"instance": one.instance, "method": one.method, "setting": one.name}
                place |= {"title": study.methods[one.method].title, "seed": seed, "mask": mask}
                names = ("value", "test_value", "spectral", "frobenius", "test_loss", "test_rmse")
                row = place | dict.fromkeys(names, value) | {"accuracy": 0.5, "num_kept": 7}
                lost = one.method == "penalize_published" and seed == 1
                rows.append(row | {"status": "finished", "mass": 52397 if lost else 5240})
    return pd.DataFrame(rows), pd.DataFrame(), study


def test_each_kind_of_groups_stands_beside_its_published_number():
    table = make_table("groups", "group_values", *made_up("groups")).set_index(
        ["smallest", "method", "mask"]
    )
    assert len(table) == 2 * 2 * 4
    row = table.loc[0.2, "relax", "half"]
    mean, deviation = VALUES["inequal", "relax", "half", 0.2]
    assert (row.paper, row.paper_deviation) == (mean, deviation) == (0.098, 0.043)
    assert row.value_mean == pytest.approx(0.211)
    assert row.deviation == pytest.approx(0.002 / math.sqrt(2))
    assert row.difference == pytest.approx(0.211 - 0.098)
    assert math.isnan(table.loc[0.2, "relax", "argmax"].paper)  # the paper has no such rounding
    errors = make_table("groups", "group_errors", *made_up("groups")).set_index(
        ["smallest", "method", "mask"]
    )
    assert (
        errors.loc[0.1, "penalize", "argmax"].paper
        == ERRORS["inequal", "penalize", "argmax", 0.1][0]
    )


def test_published_tables_are_printed_with_a_in_columns():
    table = make_table("groups", "table_1", *made_up("groups"))
    assert table.groups.tolist() == [
        *("oracle groups", "before rounding", "rounded at 1/2"),
        *("rounded to the largest of each row", "oracle groups"),
        "at the end, rounded",
    ]
    assert table["paper_0.1"].tolist()[:3] == [0.035, 0.049, 0.158]
    caption = f"{TASKS['groups'].tables['table_1'].shows}."
    lines = markdown(printed("groups", "table_1", table, caption)).splitlines()
    assert lines[0] == "| sizes | method | groups | a = 0.1 | paper | a = 0.2 | paper |"
    assert lines[-1].endswith("values in squared units of the responses.")


def test_losses_stand_beside_table_3():
    table = make_table("distillation", "distilled", *made_up("samples")).set_index(
        ["title", "mask"]
    )
    for title in ("ours", "theirs"):  # both are what the paper's row is about
        row = table.loc[title, "half"]
        assert (row.paper_value, row.paper_test_loss) == (381.30, 297.99)
        assert row.difference_value == pytest.approx(row.value_mean - 381.30)
        assert math.isnan(table.loc[title, "top"].paper_value)


def test_runs_that_lost_the_budget_have_rows_of_their_own():
    table = make_table("distillation", "distilled", *made_up("samples"))
    table = table[table.source == "blog"].set_index(["title", "mask"])
    kept, lost = (table.loc[f"theirs{end}", "top"] for end in ("", LOST))
    assert (kept.num_runs, lost.num_runs, table.loc["ours", "top"].num_runs) == (1, 1, 2)
    assert (kept.mass_mean, lost.mass_mean) == (5240, 52397)
    assert lost.value_mean - kept.value_mean == pytest.approx(0.002)


def test_table_3_has_budgets_in_columns():
    table = make_table("distillation", "table_3", *made_up("samples")).set_index(
        ["title", "weights"]
    )
    assert table.loc[("ours", "rounded at 1/2"), "paper_value_0.1"] == 381.30
    assert ("ours", "rounded to the budget") not in table.index
    missing = table.loc[("relax and penalize: not run here", "rounded at 1/2")]
    assert (missing["paper_test_loss_0.3"], math.isnan(missing["value_0.1_mean"])) == (57.85, True)
    text = markdown(printed("distillation", "table_3", table.reset_index(), "Caption."))
    head = "| method | weights | data | upper value, 10 % | paper | test loss, 10 % | paper | upper"
    assert text.startswith(head)


def test_music_is_not_run_here():
    table = make_table("distillation", "distilled", *made_up("samples"))
    others = table[table.num_runs == 0]
    assert set(others.source) == {"music"}
    assert set(others.budget) == {0.1, 0.2, 0.3}
    assert others.title.str.endswith(": not run here").all()
    assert others.value_mean.isna().all()
    music = others[others["mask"] == "half"].set_index(["method", "budget"])
    assert music.loc[("relax", 0.2), "paper_num_kept"] == 728


def test_samples_of_the_data_stand_beside_nothing():
    table = make_table("distillation", "distilled_samples", *made_up("samples"))
    assert len(table) == 9  # two methods with three masks, and again for what lost the budget
    assert not [name for name in table if name.startswith("paper")]


def test_a_run_that_ended_early_stays_where_it_ended():
    _, _, study = made_up("groups")
    rows = []
    for one in expand(study):
        for seed, steps in ((0, (1, 2, 3)), (1, (1, 2))):
            place = {"instance": one.instance, "method": one.method, "title": "t", "seed": seed}
            for step in steps:
                numbers = dict.fromkeys(
                    ("value", "strength", "fractionality", "distance"), 10.0**step
                )
                rows.append(place | numbers | {"step": step, "status": "finished"})
    table = make_table("groups", "group_progress", pd.DataFrame(), pd.DataFrame(rows), study)
    curve = table[(table.smallest == 0.1) & (table.method == "relax")].set_index("step")
    assert curve.num_runs.tolist() == [2, 2, 2]
    assert curve.value_mean.tolist() == pytest.approx([10, 100, (1000 + 100) / 2])
