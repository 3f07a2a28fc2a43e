"""What figures are drawn from: curves over iterations and times to a target."""

from collections.abc import Iterator

import pandas as pd

from relaxpen.experiment.collect import CELL
from relaxpen.experiment.statistics import describe, mean_interval
from relaxpen.experiment.studies import Study

CURVE_METHODS = ("relax_penalize", "as_printed")
QUANTITIES = ("test_loss", "validation_loss", "num_kept")


def curves(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return mean and interval over seeds of each quantity at each iteration (Frank-Wolfe step).

    A run that stopped keeps its last value, so that a mean is always over the same runs; the last
    iteration of a run is its final iterate. Runs that did not finish are left out.
    """
    del summary, study
    rows = []
    finished = traces[(traces.status == "finished") & traces.method.isin(CURVE_METHODS)]
    for key, runs in finished.groupby([*CELL, "method"], sort=False):
        place = dict(zip([*CELL, "method"], key, strict=True))
        for quantity in QUANTITIES:
            by_seed = runs.pivot(index="iteration", columns="seed", values=quantity).ffill()
            for iteration, values in by_seed.iterrows():
                row = place | {"quantity": quantity, "iteration": iteration}
                rows.append(row | mean_interval(values)._asdict() | {"num_runs": len(values)})
    return pd.DataFrame(rows)


def targets(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return what it takes to reach each target test loss, by cell: seconds, lower-level steps.

    The means are over the runs that reached the target; num_reached of num_runs says how many did.
    The target "noisy" is the test loss of the model trained on all noisy data of that instance.
    """
    noisy = summary[(summary.method == "references") & (summary["mask"] == "noisy")]
    noisy = noisy.set_index(["source", "noise_rate", "seed"]).refit_test_loss
    rows = []
    runs = traces[traces.method == "relax_penalize"]
    for key, cell in runs.groupby(CELL, sort=False):
        place = dict(zip(CELL, key, strict=True))
        for target in study.targets:
            firsts = pd.DataFrame(_firsts(cell, target, noisy))
            counts = {
                "num_runs": cell.seed.nunique(),
                "num_reached": int(firsts.solver_s.notna().sum()),
            }
            names = ["target_loss", "solver_s", "num_lower_steps", "iteration"]
            rows.append(place | {"target": target} | counts | describe(firsts, names))
    return pd.DataFrame(rows)


def _firsts(
    cell: pd.DataFrame, target: float | str, noisy: pd.Series
) -> Iterator[dict[str, float]]:
    """Yield, for each run of a cell, the first row at or below the target; nan if there is none."""
    for seed, run in cell.groupby("seed"):
        place = (run.source.iloc[0], run.noise_rate.iloc[0], seed)
        loss = noisy[place] if target == "noisy" else target
        reached = run[run.test_loss <= loss]
        names = ["solver_s", "num_lower_steps", "iteration"]
        first = reached.iloc[0][names] if len(reached) else dict.fromkeys(names, float("nan"))
        yield {"target_loss": loss} | dict(first)
