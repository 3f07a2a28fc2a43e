"""What figures are drawn from: curves over iterations and times to a target."""

from collections.abc import Iterator

import pandas as pd

from relaxpen.display.statistics import describe, mean_interval
from relaxpen.tasks.task import Shown

CELL = ["instance", "source", "noise_rate", "num_steps", "cell"]
CURVE_METHODS = ("relax_penalize", "no_cleaning", "as_printed")
TARGET_METHODS = ("relax_penalize", "no_cleaning")
FIRSTS = ["target_loss", "solver_s", "num_lower_steps", "iteration"]
QUANTITIES = ("test_loss", "validation_loss", "num_kept")


def curves(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return mean and interval over seeds of each quantity at each iteration (Frank-Wolfe step).

    Of the control without cleaning, the largest T of each instance is kept. A run that stopped
    keeps its last value, so that a mean is always over the same runs; the last
    iteration of a run is its final iterate. Runs that did not finish are left out.
    """
    del summary, study
    rows = []
    finished = traces[(traces.status == "finished") & traces.method.isin(CURVE_METHODS)]
    largest = finished.num_steps == finished.groupby("instance").num_steps.transform("max")
    finished = finished[(finished.method != "no_cleaning") | largest]
    for key, runs in finished.groupby([*CELL, "method"], sort=False):
        place = dict(zip([*CELL, "method"], key, strict=True))
        for quantity in QUANTITIES:
            by_seed = runs.pivot(index="iteration", columns="seed", values=quantity).ffill()
            for iteration, values in by_seed.iterrows():
                row = place | {"quantity": quantity, "iteration": iteration}
                rows.append(row | mean_interval(values)._asdict() | {"num_runs": len(values)})
    shown = ["quantity", "iteration", "mean", "low", "high", "num_runs"]
    return pd.DataFrame(rows, columns=[*CELL, "method", *shown])


def targets(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return what it takes to reach each target test loss, by cell and method: seconds, lower steps.

    The means are over the runs that reached the target; num_reached of num_runs says how many did,
    and num_nonfinite of num_runs did not finish and count as not having reached it.
    The target "noisy" is the test loss of the model trained on all noisy data of that instance,
    "halfway" the mean of that and the test loss of the model trained on the oracle mask.
    """
    noisy, oracle = (_reference(summary, name) for name in ("noisy", "oracle"))
    losses = {"noisy": noisy, "halfway": (noisy + oracle) / 2}
    rows = []
    runs = traces[traces.method.isin(TARGET_METHODS) & (traces.phase == "search")]
    for key, cell in runs.groupby([*CELL, "method"], sort=False):
        place = dict(zip([*CELL, "method"], key, strict=True))
        finished = cell[cell.status == "finished"]
        for target in study.targets:
            loss = losses[target] if isinstance(target, str) else target
            firsts = pd.DataFrame(_firsts(finished, loss), columns=FIRSTS, dtype=float)
            counts = {
                "num_runs": cell.seed.nunique(),
                "num_nonfinite": cell.seed.nunique() - finished.seed.nunique(),
                "num_reached": int(firsts.solver_s.notna().sum()),
            }
            rows.append(place | {"target": target} | counts | describe(firsts, FIRSTS))
    return pd.DataFrame(rows)


def _reference(summary: pd.DataFrame, name: str) -> pd.Series:
    """Return the test loss of a reference model by instance and seed."""
    found = summary[(summary.method == "references") & (summary["mask"] == name)]
    return found.set_index(["instance", "seed"]).refit_test_loss


def _firsts(cell: pd.DataFrame, losses: float | pd.Series) -> Iterator[dict[str, float]]:
    """Yield, for each run of a cell, the first row at or below the target; nan if there is none."""
    for seed, run in cell.groupby("seed"):
        loss = losses[run.instance.iloc[0], seed] if isinstance(losses, pd.Series) else losses
        reached = run[run.test_loss <= loss]
        first = reached.iloc[0] if len(reached) else pd.Series(dtype=float)
        yield {"target_loss": loss} | {name: first.get(name) for name in FIRSTS[1:]}
