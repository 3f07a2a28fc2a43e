"""The tables of methods that clean labels, from the summary and the traces of a study."""

import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.cleaning.tuning import criteria, ranking
from relaxpen.tasks.task import Shown

RUN = ["instance", "method", "setting", "seed"]
PLACE = ["instance", "source", "noise_rate", "num_validation", "method", "contender"]
PLACE += ["title", "setting"]
METRICS = [
    *("f1", "auc", "value_function", "relaxed_value_function"),
    *("refit_test_loss", "refit_test_accuracy", "joined_test_loss", "joined_test_accuracy"),
    *("solver_s", "num_lower_steps"),
]
PROGRESS = ["value_function", "f1", "auc", "test_loss", "test_accuracy"]
COSTS = ["solver_s", "num_lower_steps"]


def methods(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per instance and method: mask, final model and cost, and the runs left out.

    ``value_function`` is that of the final mask, ``relaxed_value_function`` that of the weights before
    they were rounded; nats. ``solver_s`` are processor seconds, ``num_lower_steps`` gradients over
    all samples. A run that did not finish counts in num_nonfinite alone.
    """
    del study
    rows = []
    spent = traces.groupby(RUN).num_lower_steps.max()
    for key, runs in _titled(summary).join(spent, on=RUN).groupby(PLACE, sort=False, dropna=False):
        finished = runs[runs.status == "finished"]
        counts = {
            "num_runs": runs.seed.nunique(),
            "num_nonfinite": int(runs.seed.nunique() - finished.seed.nunique()),
            "num_not_converged": int((finished.refit_converged == False).sum()),  # noqa: E712
        }
        rows.append(dict(zip(PLACE, key, strict=True)) | describe(finished, METRICS) | counts)
    return pd.DataFrame(rows)


def _titled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which the title of a method that is swept has its settings too."""
    swept = frame.title + ", " + frame.setting.str.replace(",", ", ")
    if "relaxed_auc" in frame:
        frame = frame.assign(auc=ranking(frame))
    return frame.assign(contender=frame.title, title=frame.title.where(frame.setting == "", swept))


def what_to_use(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per method: of each seed the mean over all instances, then mean and interval.

    ``gain`` is what the joined model has over one trained on the clean validation data alone, on the
    same instance, in percentage points of test accuracy. A seed with a run that did not finish is
    left out of the means; num_nonfinite of num_runs runs did not finish.
    """
    del study
    rows = []
    alone = summary[summary.method == "validation_only"].set_index(["instance", "seed"])
    before = summary.join(alone.joined_test_accuracy.rename("before"), on=["instance", "seed"])
    summary = summary.assign(gain=100 * (summary.joined_test_accuracy - before.before))
    spent = traces.groupby(RUN).num_lower_steps.max()
    for title, runs in _titled(summary).join(spent, on=RUN).groupby("title", sort=False):
        broken = runs.status != "finished"
        whole = runs[~runs.seed.isin(runs.seed[broken])]
        by_seed = whole.groupby("seed")[[*METRICS, "gain"]].mean()
        counts = {"num_runs": len(runs), "num_nonfinite": int(broken.sum())}
        rows.append({"title": title} | describe(by_seed, [*METRICS, "gain"]) | counts)
    return pd.DataFrame(rows)


def tuning(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per setting tried: what it led to, whether it was chosen, and at which edges.

    The setting chosen has the least mean loss of its final model on the selection set, over the
    seeds, among those of which every run finished. ``at_edge`` names the settings that lie at the
    end of their grid.
    """
    del traces
    return criteria(summary, study)


def progress(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return mean and interval over seeds of each quantity at each checkpoint, by instance and method.

    A method that does not search has one row: its final mask. Runs that did not finish are left out.
    """
    del study
    rows = []
    searched = _titled(traces[traces.status == "finished"].dropna(subset=["f1"]))
    for key, runs in searched.groupby([*PLACE, "iteration"], sort=False, dropna=False):
        place = dict(zip([*PLACE, "iteration"], key, strict=True))
        rows.append(place | describe(runs, [*COSTS, *PROGRESS]) | {"num_runs": len(runs)})
    known = set(map(tuple, searched[["instance", "method"]].drop_duplicates().to_numpy()))
    names = {"refit_test_loss": "test_loss", "refit_test_accuracy": "test_accuracy"}
    spent = traces.groupby(RUN).num_lower_steps.max()
    at_once = summary[summary.status == "finished"].rename(columns=names).join(spent, on=RUN)
    for key, runs in _titled(at_once).groupby(PLACE, sort=False, dropna=False):
        place = dict(zip(PLACE, key, strict=True))
        if (place["instance"], place["method"]) not in known:
            found = describe(runs, [*COSTS, *PROGRESS]) | {"num_runs": len(runs)}
            rows.append(place | {"iteration": 0} | found)
    return pd.DataFrame(rows)
