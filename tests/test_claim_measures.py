"""Each measure of a run, against numbers computed by hand."""

import math

import pandas as pd
import pytest

from relaxpen.claims.measures import MEASURES, Run

TRACE = ["iteration", "phase", "test_loss", "validation_loss", "num_lower_steps", "solver_s"]
TRACE += ["instance", "cell", "method", "seed"]


def hand_made() -> Run:
    """A run of 4 Frank-Wolfe steps from ln 2 = 0.693 down to 0.193, a fall of 0.5."""
    base = math.log(2)
    trace = pd.DataFrame(
        {
            "iteration": [0, 1, 2, 3, 4],
            "phase": ["search"] * 4 + ["final"],
            "test_loss": [base - 0.3, base - 0.4, base - 0.35, base - 0.5, base - 0.45],
            "validation_loss": [base - 0.1, base - 0.4, base - 0.3, base - 0.46, base - 0.5],
            "num_lower_steps": [10, 20, 30, 40, 41],
            "solver_s": [1.0, 2.0, 3.0, 4.0, 4.0],
        }
    )
    row = pd.Series(
        {
            **{"source": "synthetic", "num_lower_steps": 41, "solver_s": 4.0, "num_kept": 7},
            **{"refit_test_loss": 0.3, "refit_test_accuracy": 0.8, "value_function": 0.25},
            **{"binary": True, "relaxed_fractionality": 0.004},
        }
    )
    return Run(row, trace, noisy=base - 0.4, oracle=base - 0.6)


BY_HAND = {
    "end_test_loss": math.log(2) - 0.45,
    "end_validation_loss": math.log(2) - 0.5,
    "mean_test_loss": math.log(2) - 0.4,
    "lowest_test_loss": math.log(2) - 0.5,
    "end_minus_start": -0.15,
    "settling": 3,
    "validation_settling": 3,
    "early_fall": 0.9,
    "rises": 0.2,  # (0.05 + 0.05) / 0.5
    "late_rises": 0.1,
    "rise_after_minimum": 0.1,
    "validation_rises": 0.2,
    "early_validation_rises": 0.2,
    "steps_to_noisy": 20,
    "steps_to_halfway": 40,
    "seconds_to_noisy": 2.0,
    "seconds_to_halfway": 4.0,
    "steps": 41,
    "seconds": 4.0,
    "refit_test_loss": 0.3,
    "refit_test_accuracy": 0.8,
    "value_function": 0.25,
    "kept": 7,
    "not_binary": 0,
    "not_exactly_binary": 1,
}


@pytest.mark.parametrize("name", MEASURES)
def test_measure_by_hand(name):
    assert MEASURES[name].take(hand_made()) == pytest.approx(BY_HAND[name])


def test_early_measures_see_the_early_part_only():
    run = hand_made()
    late = run.trace.assign(iteration=[0, 10, 11, 21, 70])
    run = Run(run.row, late, run.noisy, run.oracle)
    assert MEASURES["early_fall"].take(run) == pytest.approx(0.8)
    assert MEASURES["early_validation_rises"].take(run) == pytest.approx(0.2)
    assert MEASURES["validation_rises"].take(run) == pytest.approx(0.2)
    assert MEASURES["mean_test_loss"].take(run) == pytest.approx(math.log(2) - 1.55 / 4)
    later = Run(run.row, run.trace.assign(iteration=[0, 10, 21, 22, 70]))
    assert MEASURES["early_validation_rises"].take(later) == 0


def test_a_target_that_is_never_reached_is_infinitely_far():
    run = hand_made()
    never = Run(run.row, run.trace, noisy=0.1, oracle=0.1)
    assert MEASURES["steps_to_noisy"].take(never) == math.inf
