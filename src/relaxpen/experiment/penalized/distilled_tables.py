"""The tables of distilled data, each number beside the published one: Table 3."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from relaxpen.experiment.comparison.studies import Comparison, contests
from relaxpen.experiment.penalized import published
from relaxpen.experiment.statistics import describe

WEIGHTS = {  # what the rows of the table are called
    "relaxed": "before rounding",
    "half": "rounded at 1/2",
    "top": "rounded to the budget",
    "nearest": "as it is",
}
TITLES = {"relax": "relaxation", "penalize": "relax and penalize"}
LOSSES = ("value", "test_loss", "test_rmse", "num_kept")


def distilled(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return the losses of the samples kept, by data, budget and method: Table 3.

    ``value`` is the loss on validation data, ``test_loss`` and ``test_rmse`` on the others; means over
    seeds. ``paper_*`` is what the paper prints. Data that was not run has rows "not run here", with
    its numbers alone.
    """
    found = distilled_samples(summary, traces, study).to_dict("records")
    rows = [row | _paper(row) for row in found]
    seen = {(row["source"], row["budget"]) for row in rows}
    for source, by_budget in published.DISTILLED.items():
        for budget, cells in by_budget.items():
            for method, mask in cells if (source, budget) not in seen else ():
                title = f"{TITLES[method]}: not run here"
                place = {"source": source, "budget": budget, "method": method, "title": title}
                place |= {"mask": mask, "weights": WEIGHTS[mask], "num_runs": 0, "num_nonfinite": 0}
                rows.append(place | _paper(place))
    return pd.DataFrame(rows)


def distilled_samples(
    summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison
) -> pd.DataFrame:
    """Return the losses of the samples kept where each seed has samples of its own, else as above."""
    del traces
    data = {
        (one.instance, one.method, one.name): (one.settings.data.source, one.settings.budget)
        for one in contests(study)
    }
    rows = []
    for key, runs in by_mask(summary, WEIGHTS):
        source, budget = data[key[:3]]
        mask, finished = key[3], runs[runs.status == "finished"]
        place = {"source": source, "budget": budget, "method": key[1]}
        place |= {"title": runs.title.iloc[0], "mask": mask, "weights": WEIGHTS.get(mask)}
        counts = {"num_runs": len(runs), "num_nonfinite": len(runs) - len(finished)}
        rows.append(place | describe(finished, LOSSES) | counts)
    return pd.DataFrame(rows)


def by_mask(
    summary: pd.DataFrame, order: dict[str, str]
) -> Iterator[tuple[tuple[str, str, str, Any], pd.DataFrame]]:
    """Yield the runs of each instance, method, setting and mask, the masks in a given order.

    Runs that did not finish have no mask and come last.
    """
    known = list(order)
    for contest, runs in summary.groupby(["instance", "method", "setting"], sort=False):
        masks = runs.groupby("mask", sort=False, dropna=False)
        for mask, found in sorted(
            masks, key=lambda pair: known.index(pair[0]) if pair[0] in known else len(known)
        ):
            yield (*contest, mask), found


def _paper(row: dict[str, Any]) -> dict[str, float]:
    """Return what the paper prints in the place of a row, and how far the row is from it."""
    cells = published.DISTILLED.get(row["source"], {}).get(row["budget"], {})
    contender = row["method"].removesuffix("_published")
    printed = cells.get((contender, row["mask"]), (None,) * len(LOSSES))
    values = dict(zip(LOSSES, printed, strict=True))
    found = {f"paper_{name}": math.nan if x is None else x for name, x in values.items()}
    for name in ("value", "test_loss"):
        found[f"difference_{name}"] = row.get(f"{name}_mean", math.nan) - found[f"paper_{name}"]
    return found
