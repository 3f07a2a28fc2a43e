"""What is measured on one run of a contender: a number from its row of the summary and its trace."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from relaxpen.claims.measures import Measure
from relaxpen.tasks.cleaning.f2sa_tables import TARGETS, first_at

EARLY = 100  # steps on x
LONGER = 250  # steps on x
TARGET_VALUE = 0.4  # nats, of the value function; about halfway from the start to the optimum, 0.18


@dataclass(frozen=True)
class ContestRun:
    """One run: its row of the summary and its trace in order, up to where it diverged if it did."""

    row: pd.Series
    trace: pd.DataFrame


def to_target(run: ContestRun, quantity: str) -> float:
    """Return a quantity when the test accuracy is first at the target; inf if it never is."""
    target = TARGETS.get((run.row.source, run.row.noise_rate), math.nan)
    return first_at(run.trace, target, quantity)


def to_value(run: ContestRun, quantity: str) -> float:
    """Return a quantity when the value function is first at TARGET_VALUE; inf if it never is."""
    reached = run.trace[quantity][run.trace.value_function <= TARGET_VALUE]
    return float(reached.iloc[0]) if len(reached) else math.inf


def mean_until(run: ContestRun, quantity: str, last: int) -> float:
    """Return the mean of a quantity over steps 1 to last, linear between checkpoints.

    Before the first checkpoint it is as there; nan for a run with fewer steps.
    """
    steps = run.trace.step.to_numpy(dtype=float)
    if steps[-1] < last:
        return math.nan
    return float(np.interp(np.arange(1, last + 1), steps, run.trace[quantity]).mean())


def early_rises(run: ContestRun) -> float:
    """Return the sum of all increases of the validation loss in the first EARLY steps; nats."""
    losses = run.trace.validation_loss[run.trace.step <= EARLY]
    return float(losses.diff().clip(lower=0).sum())


def largest_at_ends(trace: pd.DataFrame) -> float:
    """Return the largest distance to a binary feasible point at the last checkpoint of any round."""
    return float(trace.groupby("epsilon", sort=False).distance.last().max())


def _trace(unit: str, take: Callable[[ContestRun], float], text: str) -> Measure[ContestRun]:
    return Measure(unit, "trace", take, text)


def _final(unit: str, column: str, text: str) -> Measure[ContestRun]:
    return Measure(unit, "summary", lambda run: float(run.row[column]), text)


# Those that read the trace alone are also taken of a run that diverged: what it reached, it reached.
CONTEST_MEASURES = {
    "steps_to_target": _trace(
        "steps on x", lambda run: to_target(run, "step"), "steps until the target test accuracy"
    ),
    "seconds_to_target": _trace(
        "s", lambda run: to_target(run, "solver_s"), "processor seconds until the same"
    ),
    "reaches_target": _trace(
        "of seeds",
        lambda run: float(to_target(run, "step") < math.inf),
        "1 if the target test accuracy is ever reached, else 0",
    ),
    "highest_accuracy": _trace(
        "", lambda run: run.trace.test_accuracy.max(), "highest test accuracy of all checkpoints"
    ),
    "mean_accuracy": _trace(
        "",
        lambda run: mean_until(run, "test_accuracy", EARLY),
        f"mean test accuracy over the first {EARLY} steps",
    ),
    "steps_to_value": _trace(
        "steps on x",
        lambda run: to_value(run, "step"),
        f"steps until the value function is {TARGET_VALUE} nats",
    ),
    "seconds_to_value": _trace(
        "s", lambda run: to_value(run, "solver_s"), "processor seconds until the same"
    ),
    "mean_value": _trace(
        "nats",
        lambda run: mean_until(run, "value_function", LONGER),
        f"mean value function over the first {LONGER} steps",
    ),
    "early_rises": _trace(
        "nats", early_rises, f"sum of all increases of the validation loss in {EARLY} steps"
    ),
    "auc": _trace("", lambda run: run.trace.auc.iloc[-1], "AUC of the last weights"),
    "end_value": _final(
        "nats", "relaxed_value_function", "value function at the last weights or coefficients"
    ),
    "end_validation_loss": Measure(
        "nats",
        "summary",
        lambda run: run.trace.validation_loss.iloc[-1],
        "validation loss of the last model",
    ),
    "upper_value": _final("", "value", "upper value of a mask, in the unit of the data"),
    "test_value": _final("", "test_value", "the same on test data"),
    "test_loss": _final("", "test_loss", "loss on test data, in the unit of the data"),
    "spectral_error": _final("", "spectral", "spectral norm of the error of the coefficients"),
    "group_accuracy": _final("", "accuracy", "share of features in the right group"),
    "kept": _final("samples", "num_kept", "samples that a mask keeps"),
    "distance_to_binary": _trace(
        "", lambda run: run.trace.fractionality.iloc[-1], "distance of the last iterate to binary"
    ),
    "largest_distance": _trace(
        "",
        lambda run: largest_at_ends(run.trace),
        "largest distance to a binary point of the feasible set at the end of a round",
    ),
    "seconds_per_step": Measure(
        "s",
        "summary",
        lambda run: run.trace.solver_s.iloc[-1] / run.trace.step.iloc[-1],
        "processor seconds of a run by its steps",
    ),
}
COUNTED = {"reaches_target"}  # 0 or 1: their mean is a share of seeds
