"""Which setting of its grid is best, by the loss of its final model on held-out samples."""

from typing import Any

import pandas as pd

from relaxpen.tasks.task import Shown

CONTEST = ["instance", "method", "setting"]


CRITERION = "refit_selection_loss"


SHOWN = [CRITERION, "f1", "auc", "refit_test_loss", "solver_s"]


def criteria(summary: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per contest: means over seeds, ``chosen``, and the settings ``at_edge``.

    Chosen is, for each instance and method, the setting with the least mean of CRITERION, in nats,
    among those of which every run finished; the first of several.
    """
    grids = _grids(study)
    summary = summary.assign(auc=ranking(summary))
    rows = []
    for key, runs in summary.groupby(CONTEST, sort=False):
        place = dict(zip(CONTEST, key, strict=True))
        finished = runs[runs.status == "finished"]
        row = {name: runs[name].iloc[0] for name in ("source", "noise_rate", "title")} | place
        row |= {name: finished[name].mean() for name in SHOWN}
        row |= {"num_runs": len(runs), "num_nonfinite": len(runs) - len(finished)}
        rows.append(row | {"at_edge": _edges(grids[key[:2]], grids[key])})
    table = pd.DataFrame(rows)
    whole_runs = table[table.num_nonfinite == 0]
    best = whole_runs.groupby(["instance", "method"])[CRITERION].idxmin()
    return table.assign(chosen=table.index.isin(best))


def ranking(summary: pd.DataFrame) -> pd.Series:
    """Return the AUC of what ranks the samples: weights before rounding, or scores of a filter."""
    return summary.relaxed_auc.fillna(summary.auc)


def _grids(study: Shown) -> dict[Any, Any]:
    """Return the swept settings of each contest, and by instance and method the values each takes."""
    grids: dict[Any, Any] = {}
    for one in study.points:
        grids[one.instance, one.method, one.name] = one.swept
        values = grids.setdefault((one.instance, one.method), {key: [] for key in one.swept})
        for key, value in one.swept.items():
            if value not in values[key]:
                values[key].append(value)
    return grids


def _edges(values: dict[str, list[Any]], point: dict[str, Any]) -> str:
    """Return the settings of a point that are the least or the largest of three values or more.

    A count of 1 is no edge: there is nothing below.
    """
    found = [
        key.split(".")[-1]
        for key, value in point.items()
        if len(values[key]) > 2
        and not isinstance(value, str | bool)
        and not (isinstance(value, int) and value == 1)
        and value in (min(values[key]), max(values[key]))
    ]
    return " ".join(found)
