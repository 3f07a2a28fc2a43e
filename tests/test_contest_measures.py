"""What is measured on a run of a comparison, by hand; intervals of shares and medians."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from relaxpen.claims.contest_measures import CONTEST_MEASURES, ContestRun
from relaxpen.claims.intervals import interval

BY_HAND = {
    "steps_to_target": 101,
    "seconds_to_target": 1.0,
    "reaches_target": 1,
    "highest_accuracy": 0.8,
    "mean_accuracy": np.mean(
        [0.5 + 0.004 * i for i in range(51)] + [0.7 + 0.002 * i for i in range(1, 50)]
    ),
    "steps_to_value": 401,
    "seconds_to_value": 4.0,
    "mean_value": np.mean(
        [0.6 - 0.002 * i for i in range(51)]
        + [0.5 - 0.001 * i for i in range(1, 51)]
        + [0.45 - 0.0005 * i for i in range(1, 150)]
    ),
    "early_rises": 0.2,
    "auc": 0.9,
    "end_value": 0.3,
    "end_validation_loss": 0.5,
    "seconds_per_step": 4 / 401,
    "distance_to_binary": 0.01,
    "largest_distance": 0.8,  # the second round ends at 0.2, the first at 0.8; 0.9 is on the way
} | (
    final := {
        "upper_value": 0.05,
        "test_value": 0.06,
        "test_loss": 7.0,
        "spectral_error": 4.0,
        "group_accuracy": 0.65,
        "kept": 12,
    }
)
COLUMNS = dict.fromkeys(final) | {
    "upper_value": "value",
    "spectral_error": "spectral",
    "group_accuracy": "accuracy",
    "kept": "num_kept",
}


def hand_made() -> ContestRun:
    """A run of 400 steps that reaches 0.8 at its third checkpoint and 0.4 nats at its fourth."""
    trace = pd.DataFrame(
        {
            "iteration": [0, 1, 2, 3],
            "step": [1, 51, 101, 401],
            "solver_s": [0.1, 0.5, 1.0, 4.0],
            "test_accuracy": [0.5, 0.7, 0.8, 0.75],
            "value_function": [0.6, 0.5, 0.45, 0.3],
            "validation_loss": [0.7, 0.9, 0.4, 0.5],
            "auc": [0.5, 0.6, 0.7, 0.9],
            "epsilon": [10.0, 10.0, 1.0, 1.0],
            "distance": [0.9, 0.8, 0.85, 0.2],
            "fractionality": [0.3, 0.5, 0.4, 0.01],
        }
    )
    row = {"source": "mnist", "noise_rate": 0.5, "relaxed_value_function": 0.3}
    row |= {column or name: final[name] for name, column in COLUMNS.items()}
    return ContestRun(pd.Series(row), trace)


@pytest.mark.parametrize("name", CONTEST_MEASURES)
def test_measure_by_hand(name):
    assert CONTEST_MEASURES[name].take(hand_made()) == pytest.approx(BY_HAND[name])


def test_what_is_never_reached_is_infinitely_far_and_a_short_run_has_no_mean():
    run = hand_made()
    never = ContestRun(run.row, run.trace.assign(test_accuracy=0.1, value_function=0.5))
    for name in ("steps_to_target", "seconds_to_target", "steps_to_value", "seconds_to_value"):
        assert CONTEST_MEASURES[name].take(never) == math.inf
    assert CONTEST_MEASURES["reaches_target"].take(never) == 0
    short = ContestRun(run.row, run.trace[:2])
    assert math.isnan(CONTEST_MEASURES["mean_accuracy"].take(short))


def test_the_interval_of_a_share_is_the_exact_one():
    for ones in range(11):
        found = interval(pd.Series([1.0] * ones + [0.0] * (10 - ones)), "share")
        exact = stats.binomtest(ones, 10).proportion_ci(method="exact")
        assert found == pytest.approx((ones / 10, exact.low, exact.high))


def test_the_interval_of_a_median_lies_between_two_of_the_effects():
    values = pd.Series([5.0, 1.0, 9.0, 3.0, math.inf, 4.0, 2.0, 8.0, 7.0, 6.0])
    assert interval(values, "median") == (5.5, 2, 9)
    assert interval(pd.Series([math.inf] * 10), "median") == (math.inf,) * 3
    covered = 1 - 2 * stats.binom.cdf(1, 10, 0.5)
    assert covered >= 0.95 > 1 - 2 * stats.binom.cdf(2, 10, 0.5)
    assert all(map(math.isnan, interval(pd.Series([1.0] * 5), "median")))
    assert all(map(math.isnan, interval(pd.Series([1.0] * 9 + [math.nan]), "median")))
    assert interval(pd.Series(range(6)), "median") == (2.5, 0, 5)
