"""The table of selected regularization."""

import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.cleaning.f2sa_tables import CONTEST, PLACE
from relaxpen.tasks.task import Shown

SELECTED = ["value_function", "refit_test_loss", "refit_test_accuracy"]


def selected(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per contest that selects regularization: its end, and what it cost.

    Losses are in nats: the value function at the last x, the validation loss of the current model (a
    median, to four digits: it may explode where x does well; num_worse runs end with a larger one
    than they had at their first checkpoint), the test loss of the model trained to convergence at the
    last x. Runs that did not finish are counted in num_nonfinite alone.
    """
    del study
    losses = traces.groupby([*CONTEST, "seed"], sort=False).validation_loss
    ends = pd.DataFrame({"first_loss": losses.first(), "last_loss": losses.last()})
    rows = []
    for key, runs in summary.join(ends, on=ends.index.names).groupby(
        PLACE, sort=False, dropna=False
    ):
        finished = runs[runs.status == "finished"]
        found = describe(finished, [*SELECTED, "steps", "solver_s"])
        found |= {
            "median_last_loss": float(f"{finished.last_loss.median():.4g}"),
            "num_worse": int((finished.last_loss > finished.first_loss).sum()),
            "num_runs": len(runs),
            "num_nonfinite": len(runs) - len(finished),
        }
        rows.append(dict(zip(PLACE, key, strict=True)) | found)
    return pd.DataFrame(rows)
