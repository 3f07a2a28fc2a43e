import math

import pytest

from relaxpen.method.schedules import (
    Constant,
    GeometricDecay,
    HarmonicStepSize,
    SahuAveraging,
    SahuRadius,
)

pytestmark = pytest.mark.numerics


@pytest.mark.parametrize("step", [0, 1, 7, 100])
def test_step_size_is_the_printed_formula(step):
    assert HarmonicStepSize()(step) == 2 / (step + 8)
    assert HarmonicStepSize(2)(step) == 2 / (step + 2)


@pytest.mark.parametrize(("p", "m"), [(5000, 20), (40, 8), (10, 100)])
@pytest.mark.parametrize("step", [0, 3, 56])
def test_averaging_is_the_printed_formula(p, m, step):
    printed = 4 / ((1 + p / m) ** (1 / 3) * (step + 8) ** (2 / 3))
    assert SahuAveraging(p, m)(step) == pytest.approx(min(1, printed), rel=1e-15)


def test_averaging_at_the_thesis_size():
    assert SahuAveraging(5000, 20)(0) == pytest.approx(0.159, abs=5e-4)


@pytest.mark.parametrize("step", [0, 3, 56])
def test_radius_is_the_printed_formula_above_its_floor(step):
    printed = 2 * math.sqrt(20) / (5000**1.5 * (step + 8) ** (1 / 3))
    assert SahuRadius(5000, 20)(step) == pytest.approx(printed, rel=1e-14)
    assert SahuRadius(5000, 20, floor=1e-2)(step) == 1e-2


def test_radius_at_the_thesis_size():
    assert SahuRadius(5000, 20)(0) == pytest.approx(1.3e-5, rel=0.05)


@pytest.mark.parametrize(
    ("schedule", "exponent"),
    [(HarmonicStepSize(), -1), (SahuAveraging(5000, 20), -2 / 3), (SahuRadius(50, 2), -1 / 3)],
)
def test_schedules_decay_with_their_exponents(schedule, exponent):
    early, late = 10**5, 10**7
    slope = math.log(schedule(late) / schedule(early)) / math.log(late / early)
    assert slope == pytest.approx(exponent, abs=1e-4)


def test_epsilon_shrinks_by_its_factor():
    epsilon = GeometricDecay(1e5, 0.2)
    assert epsilon(0) == 1e5
    assert epsilon(6) / epsilon(5) == pytest.approx(0.2)


def test_constant():
    assert Constant(0.3)(0) == Constant(0.3)(99) == 0.3
