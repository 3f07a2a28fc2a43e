"""The tables of distilled data, each number beside the published one: Table 3."""

import math
from typing import Any

import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.distillation import published
from relaxpen.tasks.distillation.settings import DistillationSettings
from relaxpen.tasks.masks import by_mask
from relaxpen.tasks.task import Shown

WEIGHTS = {  # what the rows of the table are called
    "relaxed": "before rounding",
    "half": "rounded at 1/2",
    "top": "rounded to the budget",
    "nearest": "as it is",
}
TITLES = {
    "relax": "relaxation",
    "penalize": "relax and penalize",
    "equal": "equal weights",
    "all": "all data",
}
LOSSES = ("value", "test_loss", "test_rmse")
PARTS = ("mean", "low", "high")
LOST = "; the projection lost the budget"
FAR = 0.01  # of the budget: a sum of weights that is farther from it has lost it
NOT_HERE = "music"  # comes from one place alone, which no machine of the reference could reach


def distilled(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the losses of the samples kept, by data, budget and method: Table 3.

    ``value`` is the loss on validation data, ``test_loss`` and ``test_rmse`` on the others; means over
    seeds. ``mass`` is the sum of weights, ``num_kept`` counts those above 1/2. Runs whose projection
    lost the budget have rows of their own. ``paper_*`` is what the paper prints; music has its numbers
    alone where it was not run.
    """
    found = distilled_samples(summary, traces, study).to_dict("records")
    rows = [row | _paper(row) for row in found]
    run = {row["source"] for row in rows}
    for budget, cells in published.DISTILLED[NOT_HERE].items():
        for method, mask in cells if NOT_HERE not in run else ():
            title = f"{TITLES[method]}: not run here"
            place = {"source": NOT_HERE, "budget": budget, "method": method, "title": title}
            place |= {"mask": mask, "weights": WEIGHTS[mask], "num_runs": 0, "num_nonfinite": 0}
            rows.append(place | _paper(place))
    return pd.DataFrame(rows)


def table_3(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return Table 3 as it is printed, but with budgets in columns: the losses of ``distilled``.

    Of what is penalized only the end, rounded at 1/2: binary up to a tolerance, this changes no digit.
    """
    table = distilled(summary, traces, study)
    shown = table[~table.method.str.startswith("penalize") | (table["mask"] == "half")]
    rows, place = [], ["source", "title", "weights"]
    for key, cells in shown.groupby(place, sort=False):
        row = dict(zip(place, key, strict=True))
        for cell in cells.to_dict("records"):
            for name in ("value", "test_loss"):
                column = f"{name}_{cell['budget']}"
                row |= {f"{column}_{part}": cell[f"{name}_{part}"] for part in PARTS}
                row[f"paper_{column}"] = cell[f"paper_{name}"]
        rows.append(row)
    return pd.DataFrame(rows)


def distilled_samples(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the losses of the samples kept without the published ones, else as above."""
    del traces
    every = {
        (one.instance, one.method, one.name): one.settings_as(DistillationSettings)
        for one in study.points
    }
    rows = []
    for contest, all_runs in summary.groupby(["instance", "method", "setting"], sort=False):
        settings = every[contest]
        lost = all_runs.seed.isin(_lost(all_runs, settings))
        for suffix, runs in (("", all_runs[~lost]), (LOST, all_runs[lost])):
            for mask, found in by_mask(runs, WEIGHTS):
                finished = found[found.status == "finished"]
                place: dict[str, Any] = {"source": settings.data.source, "budget": settings.budget}
                place |= {"method": contest[1], "title": runs.title.iloc[0] + suffix}
                place |= {"mask": mask, "weights": WEIGHTS.get(mask)}
                counts = {"num_runs": len(found), "num_nonfinite": len(found) - len(finished)}
                numbers = describe(finished, [*LOSSES, "mass", "num_kept"])
                rows.append(place | numbers | counts)
    return pd.DataFrame(rows)


def _lost(runs: pd.DataFrame, settings: DistillationSettings) -> set[int]:
    """Return the seeds of searches that ended off the budget."""
    ends = runs[runs["mask"] == "relaxed"]
    return set(ends.seed[(ends["mass"] / settings.num_kept - 1).abs() > FAR])


def _paper(row: dict[str, Any]) -> dict[str, float]:
    """Return what the paper prints in the place of a row, and how far the row is from it."""
    cells = published.DISTILLED.get(row["source"], {}).get(row["budget"], {})
    contender = row["method"].removesuffix("_published")
    printed = cells.get((contender, row["mask"]), (None,) * 4)
    values = dict(zip((*LOSSES, "num_kept"), printed, strict=True))
    found = {f"paper_{name}": math.nan if x is None else x for name, x in values.items()}
    for name in ("value", "test_loss"):
        found[f"difference_{name}"] = row.get(f"{name}_mean", math.nan) - found[f"paper_{name}"]
    return found
