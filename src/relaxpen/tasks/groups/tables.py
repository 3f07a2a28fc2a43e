"""The tables of learnt groups, each number beside the published one: Tables 1 and 2, Figure 1."""

import math

import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.groups import published
from relaxpen.tasks.groups.settings import GroupLassoSettings
from relaxpen.tasks.masks import by_mask
from relaxpen.tasks.task import Shown

MASKS = {  # what the rows of the tables are called
    "oracle": "oracle groups",
    "relaxed": "before rounding",
    "half": "rounded at 1/2",
    "argmax": "rounded to the largest of each row",
}
IMAGES = {  # method and mask
    "oracle": ("relax", "oracle"),
    "rounding": ("relax", "half"),
    "argmax": ("relax", "argmax"),
    "penalize": ("penalize", "argmax"),
}
TRACED = ["value", "strength", "fractionality", "distance"]
NO_GROUP = "-"  # of a feature that has none, where groups are written as one digit each


def group_values(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the upper value of every kind of groups, by instance and method: Table 1.

    ``value`` is the mean of C_t on validation data, which the paper calls test error; ``test_value``
    that on test data; ``accuracy`` the share of features in the right group, columns matched as well
    as can be. ``difference`` is our mean minus the paper's. Runs that did not finish are left out.
    """
    del traces
    return _beside(summary, study, "value", ["test_value", "accuracy"], published.VALUES)


def group_errors(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the error of the coefficients of every kind of groups: Table 2.

    ``spectral`` is the spectral norm of w - w*, which the paper calls Frobenius norm, ``frobenius``
    that norm. The rest is as in ``group_values``.
    """
    del traces
    return _beside(summary, study, "spectral", ["frobenius"], published.ERRORS)


def table_1(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return Table 1 as it is printed, a in columns: of ``group_values`` what the paper shows.

    Of what is penalized only the end, rounded: binary up to a tolerance, this changes no digit shown.
    """
    return _wide(group_values(summary, traces, study), "value")


def table_2(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return Table 2 in the same form."""
    return _wide(group_errors(summary, traces, study), "spectral")


def _wide(table: pd.DataFrame, name: str) -> pd.DataFrame:
    shown = table[(table.method == "relax") | table["mask"].isin(("oracle", "argmax"))]
    rows = []
    for place, cells in shown.groupby(["sizes", "title", "groups"], sort=False):
        row = dict(zip(("sizes", "title", "groups"), place, strict=True))
        if cells.iloc[0]["mask"] == "argmax" and cells.iloc[0].method == "penalize":
            row["groups"] = "at the end, rounded"
        for cell in cells.sort_values("smallest").to_dict("records"):
            least = cell["smallest"]
            parts = {part: cell[f"{name}_{part}"] for part in ("mean", "low", "high")}
            row |= {f"a_{least}_{part}": value for part, value in parts.items()}
            row[f"paper_{least}"] = cell["paper"]
        rows.append(row)
    return pd.DataFrame(rows)


def _beside(
    summary: pd.DataFrame,
    study: Shown,
    name: str,
    others: list[str],
    paper: published.Numbers,
) -> pd.DataFrame:
    rows = []
    data = {
        (one.instance, one.method): one.settings_as(GroupLassoSettings).data for one in study.points
    }
    finished = summary[summary.status == "finished"]
    for (instance, method), every in finished.groupby(["instance", "method"], sort=False):
        drawn = data[instance, method]
        for mask, runs in by_mask(every, MASKS):
            place = {"sizes": drawn.sizes, "smallest": drawn.smallest, "method": method}
            place |= {"title": runs.title.iloc[0], "mask": mask, "groups": MASKS[mask]}
            cell = (drawn.sizes, method, mask, drawn.smallest)
            mean, deviation = paper.get(cell, (math.nan, math.nan))
            found = describe(runs, [name, *others])
            found |= {"deviation": runs[name].std(), "paper": mean, "paper_deviation": deviation}
            found |= {"difference": found[f"{name}_mean"] - mean, "num_runs": len(runs)}
            rows.append(place | found)
    return pd.DataFrame(rows)


def group_progress(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return mean and interval over seeds of each quantity of the trace, by instance, method, step.

    A run that ended early, at binary groups, stays where it ended.
    """
    del summary
    data = {one.instance: one.settings_as(GroupLassoSettings).data for one in study.points}
    rows, place = [], ["instance", "method", "title"]
    for key, runs in traces[traces.status == "finished"].groupby(place, sort=False):
        drawn = {"sizes": data[key[0]].sizes, "smallest": data[key[0]].smallest}
        by_seed = runs.pivot(index="step", columns="seed", values=TRACED).ffill()
        for step, found in by_seed.iterrows():
            at_step = pd.DataFrame({name: found[name] for name in TRACED})
            moment = {"step": step, "num_runs": len(at_step)}
            rows.append(
                dict(zip(place, key, strict=True)) | drawn | moment | describe(at_step, TRACED)
            )
    return pd.DataFrame(rows)


def group_images(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the group of every feature in Figure 1: the first seed of random sizes at the least a.

    ``group`` is that of the oracle, of the relaxation rounded in both ways and of relax and penalize,
    columns matched to the oracle's; -1 for a feature without one.
    """
    del traces
    data = {one.instance: one.settings_as(GroupLassoSettings).data for one in study.points}
    drawn = {name: (one.sizes != "random", one.smallest) for name, one in data.items()}
    shown = min(drawn, key=lambda name: drawn[name])
    runs = summary[(summary.instance == shown) & (summary.seed == study.seeds[0])]
    runs = runs.set_index(["method", "mask"])
    rows = []
    for kind, place in IMAGES.items():
        if place not in runs.index:
            continue
        run = runs.loc[place]
        for feature, named in enumerate(run.assigned):
            group = -1 if named == NO_GROUP else int(named, 36)
            about = {"instance": shown, "seed": study.seeds[0], "accuracy": run.accuracy}
            rows.append(about | {"kind": kind, "feature": feature, "group": group})
    return pd.DataFrame(rows)
