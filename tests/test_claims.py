"""Claims: each measure by hand, each verdict word, what is refused, and the worked example."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conftest import REPOSITORY
from made_up_runs import FAILS, HOLDS, LOSS, OPEN, claims_of, losses, made_up
from relaxpen.claims.effects import Runs, best, slope
from relaxpen.claims.intervals import interval
from relaxpen.claims.verdicts import judge, outcome, verdict
from relaxpen.display.statistics import Interval

CLAIMS = REPOSITORY / "config/claims.yaml"


def word(runs: Runs, *checks) -> str:
    return judge(claims_of(*checks), {"s": runs}).verdict.iloc[0]


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([HOLDS], "reproduced"),
        ([FAILS], "not reproduced"),
        ([HOLDS, FAILS], "partly"),
        ([HOLDS, OPEN], "partly"),
        ([FAILS, OPEN], "not reproduced"),
        ([OPEN], "not decidable"),
    ],
)
def test_every_verdict_word_comes_out(checks, expected):
    assert word(made_up(losses), *checks) == expected


def test_a_claim_with_a_reason_is_not_decidable():
    table = judge(claims_of(reason="no figure"), {})
    assert table.verdict.tolist() == ["not decidable"]
    assert table.reason.tolist() == ["no figure"]


def test_verdict_of_missing_numbers():
    assert verdict(["missing"]) == "not decidable"
    assert verdict(["missing", "holds"]) == "partly"
    assert verdict(["missing", "fails"]) == "not reproduced"
    assert verdict([]) == "not decidable"


def test_a_run_that_did_not_finish_is_never_left_out():
    runs = made_up(losses, broken={(1, 2)})
    (row,) = judge(claims_of(HOLDS), {"s": runs}).to_dict("records")
    assert (row["outcome"], row["verdict"], row["num_seeds"]) == ("missing", "not decidable", 3)
    assert row["reason"] == "no number for every seed"


def test_interval_is_that_of_scipy_over_paired_seeds():
    noise = dict(enumerate(np.random.default_rng(0).normal(size=6)))
    runs = made_up(lambda method, t, seed: 3 * seed + (t or 0) * noise[seed], seeds=noise)
    check = {"minus": {"num_steps": [2]}, "below": 0}
    (row,) = judge(claims_of(check), {"s": runs}).to_dict("records")
    effect = -np.array(list(noise.values()))
    low, high = stats.t.interval(0.95, 5, loc=effect.mean(), scale=stats.sem(effect))
    assert (row["effect"], row["low"], row["high"]) == pytest.approx((effect.mean(), low, high))
    assert row["num_seeds"] == 6


def test_ratio_references_and_lists_of_num_steps():
    runs = made_up(lambda method, t, seed: LOSS.get(method, 2.0 ** (t or 0)))
    over = {"over": {"num_steps": [2]}, "within": [0.5, 0.5]}
    noisy = {"minus": {"method": "references", "mask": "noisy"}, "above": 0}
    table = judge(claims_of(over, noisy), {"s": runs})
    assert table.effect.tolist() == [0.5, 1.0]
    assert table.unit.tolist() == ["times", "nats"]
    assert set(table.outcome) == {"holds"}


@pytest.mark.parametrize(
    ("threshold", "low", "high", "expected"),
    [
        ({"below": 0}, -2, -1, "holds"),
        ({"below": 0}, -1, 0, "open"),
        ({"below": 0}, 0, 0, "fails"),
        ({"above": 0}, 1, 2, "holds"),
        ({"above": 0}, 0, 0, "fails"),
        ({"above": 0}, -1, 1, "open"),
        ({"within": [0, 1]}, 0, 1, "holds"),
        ({"within": [0, 1]}, 0.5, 1.5, "open"),
        ({"within": [0, 1]}, 1.5, 2, "fails"),
        ({"within": [0, 0]}, 0, 0, "holds"),
        ({"within": [0, 1]}, math.nan, math.nan, "missing"),
    ],
)
def test_outcome_of_an_interval(threshold, low, high, expected):
    check = claims_of(threshold).claims[0].checks[0]
    assert outcome(check, Interval((low + high) / 2, low, high)) == expected


def test_an_infinite_effect_has_no_interval():
    assert all(map(math.isnan, interval(pd.Series([1.0, math.inf]))))


def test_slope_and_best_over_t():
    by_steps = pd.Series({1: 5.0, 2: 3.0, 4: 1.0})
    assert slope(by_steps) == pytest.approx(-2)  # per doubling
    assert best(by_steps) == 2  # T = 4
    assert math.isnan(best(by_steps.replace(3.0, math.nan)))
