"""What is measured on one run: a number from its row of the summary and its trace."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:  # a plan names measures and makes none
    import pandas as pd

# The test loss in nats of a model that was not trained, w = 0: ln(number of classes).
UNTRAINED = {"synthetic": math.log(2), "mnist": math.log(10)}
EARLY = 10  # iterations; about a tenth of a run
ROUND = 20  # iterations; the first round, before the penalty is first raised
COMMON = 60  # iterations; the first three rounds, which runs of every T have


@dataclass(frozen=True)
class Run:
    """One finished run: the summary's row of one mask, its trace in order, its references."""

    row: "pd.Series"
    trace: "pd.DataFrame"  # empty for references
    noisy: float = math.nan  # test loss of the model trained on all noisy data; nats
    oracle: float = math.nan  # and on the oracle mask


RunKind = TypeVar("RunKind")


@dataclass(frozen=True)
class Measure(Generic[RunKind]):
    """A number per run: its unit, what it is taken from, and how."""

    unit: str
    reads: Literal["summary", "trace", "references"]
    take: Callable[[RunKind], float]
    text: str


def fall(run: Run, loss: str) -> float:
    """Return how far a loss falls: that of the untrained model minus its minimum; nats."""
    least: float = run.trace[loss].min()
    return UNTRAINED[run.row.source] - least


def settling(run: Run, loss: str) -> float:
    """Return the first iteration by which a loss has made nine tenths of its fall."""
    settled = run.trace[loss] <= UNTRAINED[run.row.source] - 0.9 * fall(run, loss)
    return float(run.trace.iteration[settled].iloc[0])


def early_fall(run: Run) -> float:
    """Return the share of its fall that the test loss has made at iteration EARLY."""
    then: float = run.trace.test_loss[run.trace.iteration <= EARLY].iloc[-1]
    return (UNTRAINED[run.row.source] - then) / fall(run, "test_loss")


def rises(run: Run, loss: str, first: float = 0, last: float = math.inf) -> float:
    """Return the sum of all increases between iterations first and last, as a share of the fall."""
    change = run.trace[loss].diff()[(run.trace.iteration > first) & (run.trace.iteration <= last)]
    return float(change.clip(lower=0).sum()) / fall(run, loss)


def late_rises(run: Run) -> float:
    """Return the rises of the test loss in the second half of a run, as a share of its fall."""
    return rises(run, "test_loss", first=run.trace.iteration.max() / 2)


def rise_after_minimum(run: Run) -> float:
    """Return how far the test loss ends above its minimum, as a share of its fall."""
    losses = run.trace.test_loss
    rise: float = losses.iloc[-1] - losses.min()
    return rise / fall(run, "test_loss")


def first_at(run: Run, target: float, quantity: str) -> float:
    """Return a quantity when the test loss is first at or below a target; inf if it never is."""
    search = run.trace[run.trace.phase == "search"]
    reached = search[quantity][search.test_loss <= target]
    return float(reached.iloc[0]) if len(reached) else math.inf


def _final(unit: str, column: str, text: str) -> Measure[Run]:
    return Measure(unit, "summary", lambda run: float(run.row[column]), text)


def _trace(unit: str, take: Callable[[Run], float], text: str) -> Measure[Run]:
    return Measure(unit, "trace", take, text)


def _target(quantity: str, unit: str, halfway: bool) -> Measure[Run]:
    def take(run: Run) -> float:
        return first_at(run, (run.noisy + run.oracle) / 2 if halfway else run.noisy, quantity)

    bar = "halfway from there to the oracle mask's" if halfway else "of training on all noisy data"
    return Measure(unit, "references", take, f"{unit} until the test loss is that {bar}")


MEASURES = {
    "end_test_loss": _trace(
        "nats", lambda run: run.trace.test_loss.iloc[-1], "test loss of the last iterate"
    ),
    "end_validation_loss": _trace(
        "nats", lambda run: run.trace.validation_loss.iloc[-1], "the same on validation data"
    ),
    "mean_test_loss": _trace(
        "nats",
        lambda run: run.trace.test_loss[run.trace.iteration < COMMON].mean(),
        f"mean test loss over the first {COMMON} iterations",
    ),
    "lowest_test_loss": _trace(
        "nats", lambda run: run.trace.test_loss.min(), "lowest test loss of all iterations"
    ),
    "end_minus_start": _trace(
        "nats",
        lambda run: run.trace.test_loss.iloc[-1] - run.trace.test_loss.iloc[0],
        "test loss of the last iterate minus that after the first iteration",
    ),
    "settling": _trace(
        "iterations",
        lambda run: settling(run, "test_loss"),
        "first iteration at which the test loss has made nine tenths of its fall",
    ),
    "validation_settling": _trace(
        "iterations", lambda run: settling(run, "validation_loss"), "the same of validation loss"
    ),
    "early_fall": _trace("of the fall", early_fall, f"fall of the test loss at iteration {EARLY}"),
    "rises": _trace(
        "of the fall", lambda run: rises(run, "test_loss"), "sum of all increases of the test loss"
    ),
    "late_rises": _trace("of the fall", late_rises, "the same in the second half of the run"),
    "rise_after_minimum": _trace(
        "of the fall", rise_after_minimum, "test loss of the last iterate minus its minimum"
    ),
    "validation_rises": _trace(
        "of the fall",
        lambda run: rises(run, "validation_loss"),
        "sum of all increases of the validation loss",
    ),
    "early_validation_rises": _trace(
        "of the fall",
        lambda run: rises(run, "validation_loss", last=ROUND),
        f"the same in the first {ROUND} iterations",
    ),
    "steps_to_noisy": _target("num_lower_steps", "lower-level gradient steps", halfway=False),
    "steps_to_halfway": _target("num_lower_steps", "lower-level gradient steps", halfway=True),
    "seconds_to_noisy": _target("solver_s", "s", halfway=False),
    "seconds_to_halfway": _target("solver_s", "s", halfway=True),
    "steps": _final("lower-level gradient steps", "num_lower_steps", "gradient steps of a run"),
    "seconds": _final("s", "solver_s", "solver time of a run"),
    "refit_test_loss": _final("nats", "refit_test_loss", "test loss of the final model"),
    "refit_test_accuracy": _final("", "refit_test_accuracy", "its share of test data right"),
    "value_function": _final("nats", "value_function", "exact upper objective of the mask"),
    "kept": _final("samples", "num_kept", "samples that the mask keeps"),
    "not_binary": Measure(
        "of runs",
        "summary",
        lambda run: float(not run.row.binary),
        "1 if an entry of the last iterate is not within the tolerance of 0 or 1, else 0",
    ),
    "not_exactly_binary": Measure(
        "of runs",
        "summary",
        lambda run: float(run.row.relaxed_fractionality > 0),
        "1 if an entry of the last iterate is neither 0 nor 1, else 0",
    ),
}
