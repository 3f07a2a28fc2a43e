"""The tables of the paper on F2SA with Adam: who reaches its targets, and how its curves run."""

import math

import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.budgeted import BudgetedSettings
from relaxpen.tasks.task import Shown

CONTEST = ["instance", "method", "setting"]
PLACE = ["instance", "source", "noise_rate", "method", "title", "setting"]
# The test accuracies of the paper's Table 1. At noise 0.7 it names none: ours lies a little below
# what the untouched weights give there.
TARGETS = {("mnist", 0.5): 0.8, ("fashion_mnist", 0.5): 0.72, ("fashion_mnist", 0.7): 0.7}
PAPER_SECONDS = {
    "mnist": {"f2sa_adam": 1.2, "f2sa": 4.9, "saba": 8.5, "stocbio": 9.2},
    "fashion_mnist": {"f2sa_adam": 3.1, "f2sa": 4.5, "saba": 9.2, "stocbio": 8.8},
}
PAPER_NOISE = 0.5
CURVES = ["test_accuracy", "auc", "validation_loss", "value_function"]
QUARTILES = {"lower": 0.25, "median": 0.5, "upper": 0.75}
ENDS = ["highest_accuracy", "test_accuracy", "auc", "relaxed_value_function"]


def first_at(trace: pd.DataFrame, target: float, quantity: str) -> float:
    """Return a quantity at the first checkpoint whose test accuracy is at least a target.

    It is inf if there is none. A run that diverges later has reached its target all the same.
    """
    reached = trace[quantity][trace.test_accuracy >= target]
    return float(reached.iloc[0]) if len(reached) else math.inf


def to_target(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per contest: how many runs reach the target accuracy, and after how much.

    ``steps`` on x and ``seconds`` of the processor, to four digits, are medians over all runs, inf
    where half of them never reach it; ``paper_s`` is what the paper prints. Accuracies are of the
    current model, the highest of a run and its last; the AUC and the value function (nats) are of the
    last weights, the latter of runs that finished alone.
    """
    del study
    ends = _ends(summary, traces)
    rows = []
    for key, runs in ends.groupby(PLACE, sort=False, dropna=False):
        place = dict(zip(PLACE, key, strict=True))
        there = place["noise_rate"] == PAPER_NOISE
        paper = PAPER_SECONDS.get(place["source"], {}) if there else {}
        found = {
            "target": runs.target.iloc[0],
            "num_reached": int((runs.steps < math.inf).sum()),
            "num_runs": len(runs),
            "num_nonfinite": int((runs.status != "finished").sum()),
            "steps": runs.steps.median(),
            "seconds": float(f"{runs.seconds.median():.4g}"),
            "paper_s": paper.get(place["method"], math.nan),
        }
        rows.append(place | found | describe(runs, ENDS))
    return pd.DataFrame(rows)


def sensitivity(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the rows of to_target with the parameters of each contest; xi is outer / inner."""
    return to_target(summary, traces, study).merge(parameters(study), on=CONTEST)


def curves(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return the quartiles over seeds at each checkpoint, by contest, with the parameters of each.

    A curve ends where its first run ends: past that, the runs that are left are not like the others.
    """
    del summary
    every = traces.reindex(columns=list(dict.fromkeys([*traces.columns, *CURVES])))
    rows = []
    for key, runs in every.groupby(PLACE, sort=False, dropna=False):
        last = runs.groupby("seed").iteration.max().min()
        for iteration, here in runs[runs.iteration <= last].groupby("iteration"):
            row = dict(zip(PLACE, key, strict=True)) | {"iteration": iteration}
            row |= {"step": here.step.median(), "solver_s": here.solver_s.median()}
            for name in CURVES:
                row |= {f"{name}_{end}": here[name].quantile(q) for end, q in QUARTILES.items()}
            rows.append(row | {"num_runs": len(here)})
    table = pd.DataFrame(rows).drop_duplicates([*CONTEST, "step"], keep="last")
    return table.merge(parameters(study), on=CONTEST)


def parameters(study: Shown) -> pd.DataFrame:
    """Return of each contest its step sizes and decays; nan where its method has none."""
    rows = []
    for one in study.points:
        method = one.settings_as(BudgetedSettings).method.model_dump()
        place = {"instance": one.instance, "method": one.method, "setting": one.name}
        place |= {"name": method["name"], "alpha": method["inner"]}
        place |= {"xi": method["outer"] / method["inner"]}
        rows.append(place | {name: method.get(name, math.nan) for name in ("beta_1", "beta_2")})
    return pd.DataFrame(rows)


def _ends(summary: pd.DataFrame, traces: pd.DataFrame) -> pd.DataFrame:
    """Return the summary with what each run reached, by its trace."""
    runs = dict(iter(traces.groupby([*CONTEST, "seed"], sort=False)))
    found = []
    for row in summary.to_dict("records"):
        trace = runs[tuple(row[name] for name in (*CONTEST, "seed"))].sort_values("iteration")
        target = TARGETS.get((row["source"], row["noise_rate"]), math.nan)
        row |= {"target": target, "highest_accuracy": trace.test_accuracy.max()}
        row |= {"steps": first_at(trace, target, "step")}
        row |= {"seconds": first_at(trace, target, "solver_s")}
        found.append(row | {name: trace[name].iloc[-1] for name in ("test_accuracy", "auc")})
    return pd.DataFrame(found)
