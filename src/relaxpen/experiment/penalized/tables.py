"""The tables of the relax-and-penalize paper: each number beside the published one."""

import math

import pandas as pd

from relaxpen.experiment.comparison.studies import Comparison, contests
from relaxpen.experiment.penalized import published
from relaxpen.experiment.statistics import describe
from relaxpen.experiment.table_files import Maker

CONTEST = ["instance", "method", "setting"]
MASKS = {  # what the rows of the tables are called
    "oracle": "oracle groups",
    "relaxed": "before rounding",
    "half": "rounded at 1/2",
    "argmax": "rounded to the largest of each row",
    "top": "rounded to the budget",
    "nearest": "as it is",
}
IMAGES = {  # method and mask
    "oracle": ("relax", "oracle"),
    "rounding": ("relax", "half"),
    "penalize": ("penalize", "argmax"),
}
NO_GROUP = "-"  # of a feature that has none, where groups are written as one digit each
LOSSES = ("value", "test_loss", "test_rmse", "num_kept")


def group_values(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return the upper value of every kind of groups, by instance and method: Table 1.

    ``value`` is the mean of C_t on validation data, which the paper calls test error; ``test_value``
    that on test data; ``accuracy`` the share of features in the right group, columns matched as well
    as can be. ``difference`` is our mean minus the paper's. Runs that did not finish are left out.
    """
    del traces
    return _beside(summary, study, "value", ["test_value", "accuracy"], published.VALUES)


def group_errors(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return the error of the coefficients of every kind of groups: Table 2.

    ``spectral`` is the spectral norm of w - w*, which the paper calls Frobenius norm, ``frobenius``
    that norm. The rest is as in ``group_values``.
    """
    del traces
    return _beside(summary, study, "spectral", ["frobenius"], published.ERRORS)


def _beside(
    summary: pd.DataFrame,
    study: Comparison,
    name: str,
    others: list[str],
    paper: published.Numbers,
) -> pd.DataFrame:
    rows = []
    data = {(one.instance, one.method): one.settings.data for one in contests(study)}
    finished = summary[summary.status == "finished"]
    for key, runs in finished.groupby([*CONTEST, "mask"], sort=False):
        instance, method, _, mask = key
        drawn = data[instance, method]
        place = {"sizes": drawn.sizes, "smallest": drawn.smallest, "method": method}
        place |= {"title": runs.title.iloc[0], "mask": mask, "groups": MASKS[mask]}
        cell = (drawn.sizes, method, mask, drawn.smallest)
        mean, deviation = paper.get(cell, (math.nan, math.nan))
        found = describe(runs, [name, *others])
        found |= {"deviation": runs[name].std(), "paper": mean, "paper_deviation": deviation}
        found |= {"difference": found[f"{name}_mean"] - mean, "num_runs": len(runs)}
        rows.append(place | found)
    return pd.DataFrame(rows)


def distilled(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return the losses of the samples kept, by data, budget and method: Table 3.

    ``value`` is the loss on validation data, ``test_loss`` and ``test_rmse`` on the others; means over
    seeds. ``paper_*`` is what the paper prints. Rows of data that was not run have its numbers alone.
    """
    del traces
    budgets = {
        (one.instance, one.method, one.name): (one.settings.data.source, one.settings.budget)
        for one in contests(study)
    }
    rows, seen = [], set()
    for key, runs in summary.groupby([*CONTEST, "mask"], sort=False, dropna=False):
        source, budget = budgets[key[:3]]
        mask, finished = key[3], runs[runs.status == "finished"]
        seen.add((source, budget))
        place = {"source": source, "budget": budget, "method": key[1]}
        place |= {"title": runs.title.iloc[0], "mask": mask, "weights": MASKS.get(mask)}
        counts = {"num_runs": len(runs), "num_nonfinite": len(runs) - len(finished)}
        rows.append(
            place | describe(finished, LOSSES) | _paper(source, budget, *key[1::2]) | counts
        )
    for source, by_budget in published.DISTILLED.items():
        for budget, cells in by_budget.items():
            for method, mask in cells if (source, budget) not in seen else ():
                place = {"source": source, "budget": budget, "method": method, "title": method}
                place |= {"mask": mask, "weights": MASKS[mask], "num_runs": 0, "num_nonfinite": 0}
                rows.append(place | _paper(source, budget, method, mask))
    return pd.DataFrame(rows)


def _paper(source: str, budget: float, method: str, mask: str) -> dict[str, float]:
    cells = published.DISTILLED.get(source, {}).get(budget, {})
    found = cells.get((method, mask), (None,) * len(LOSSES))
    values = zip(LOSSES, found, strict=True)
    return {f"paper_{name}": math.nan if value is None else value for name, value in values}


def group_progress(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return mean and interval over seeds of each quantity of the trace, by instance, method, step."""
    del summary
    data = {one.instance: one.settings.data for one in contests(study)}
    rows, place = [], ["instance", "method", "title", "step"]
    for key, runs in traces[traces.status == "finished"].groupby(place, sort=False):
        drawn = {"sizes": data[key[0]].sizes, "smallest": data[key[0]].smallest}
        found = describe(runs, ["value", "strength", "fractionality", "distance"]) | {
            "num_runs": len(runs)
        }
        rows.append(dict(zip(place, key, strict=True)) | drawn | found)
    return pd.DataFrame(rows)


def group_images(summary: pd.DataFrame, traces: pd.DataFrame, study: Comparison) -> pd.DataFrame:
    """Return the group of every feature in Figure 1: the first seed of random sizes at the least a.

    ``group`` is that of the oracle, of the relaxation rounded at 1/2 and of relax and penalize, columns
    matched to the oracle's; -1 for a feature without one.
    """
    del traces
    data = {one.instance: one.settings.data for one in contests(study)}
    drawn = {name: (one.sizes != "random", one.smallest) for name, one in data.items()}
    shown = min(drawn, key=drawn.get)
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


MAKERS: dict[str, Maker] = {
    "group_values": group_values,
    "group_errors": group_errors,
    "group_progress": group_progress,
    "group_images": group_images,
    "distilled": distilled,
}
