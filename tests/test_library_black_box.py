"""Cleaning for black boxes: what a training may do and answer, and which settings are refused."""

import re

import numpy as np
import pytest
import torch

from relaxpen import clean_black_box

pytestmark = pytest.mark.numerics

TARGET = np.arange(12) % 2
LOSSES = np.ones(12)
SHORT = {"num_rounds": 1, "steps_per_round": 2, "num_directions": 3}


def distance(weights):
    """F = mean |weight - target|^2."""
    assert ((weights >= 0) & (weights <= 1)).all()
    return float(((weights - TARGET) ** 2).mean())


def test_a_black_box_without_sample_losses_is_searched_at_random():
    """With as many directions as entries the mask is found."""
    found = clean_black_box(distance, 12, num_directions=60, radius=0.05, steps_per_round=10)
    assert found.mask.tolist() == TARGET.astype(bool).tolist()


def test_a_training_may_write_to_its_weights_and_use_its_answer_again():
    answer = np.zeros(12)

    def untidy(weights):
        answer[:] = (weights - TARGET) ** 2
        loss = answer.mean()
        weights[:] = 7.0
        return loss, answer

    start = np.full(12, 0.5)
    found = clean_black_box(untidy, 12, initial_weight=start, **SHORT)
    tidy = clean_black_box(
        lambda weights: (distance(weights), (weights - TARGET) ** 2),
        12,
        initial_weight=start,
        **SHORT,
    )
    assert found.scores.tolist() == tidy.scores.tolist()
    assert found.trace.validation_loss.tolist() == tidy.trace.validation_loss.tolist()
    assert (start == 0.5).all()


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (float("nan"), ValueError, "answered a loss of nan; expected a finite number"),
        ((np.inf, LOSSES), ValueError, "answered a loss of inf"),
        (None, TypeError, "answered a loss of type NoneType; expected a finite number"),
        ([1.0, LOSSES], TypeError, "answered a loss of type list"),
        ("0.3", TypeError, "answered a loss of type str"),
        (np.array([0.3]), TypeError, "answered a loss of type ndarray"),
        ((1.0, LOSSES, LOSSES), ValueError, "answered a tuple of 3"),
        ((1.0, np.zeros(3)), ValueError, "sample losses of shape (3,); expected (12,)"),
        ((1.0, None), ValueError, "sample losses of shape (); expected (12,)"),
        ((1.0, "many"), TypeError, "sample losses that are no numbers"),
        ((1.0, torch.ones(12, requires_grad=True)), TypeError, "Use tensor.detach()"),
        (
            (1.0, np.where(np.arange(12) > 9, np.nan, 1)),
            ValueError,
            "answered 2 sample losses that are not finite, the first of sample 10: nan",
        ),
    ],
)
def test_a_bad_answer_is_refused(answer, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        clean_black_box(lambda weights: answer, 12, **SHORT)


@pytest.mark.parametrize(
    ("first", "later", "sentence"),
    [
        (0.3, (0.3, LOSSES), "answered sample losses too, a loss alone at the first call"),
        ((0.3, LOSSES), 0.3, "answered a loss alone, sample losses too at the first call"),
    ],
)
def test_an_answer_of_another_kind_at_a_later_call_is_refused(first, later, sentence):
    answers = iter([first, later])
    with pytest.raises(ValueError, match=sentence):
        clean_black_box(lambda weights: next(answers), 12, **SHORT)


@pytest.mark.parametrize(
    "answer", [3, np.float32(0.3), np.array(0.3), torch.tensor(0.3), (0.3, [1.0] * 12)]
)
def test_any_number_is_an_answer(answer):
    assert len(clean_black_box(lambda weights: answer, 12, **SHORT).mask) == 12


WHOLE = ["num_samples", "num_directions", "num_bins", "num_rounds", "steps_per_round"]


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [0, -1, 2.5, float("nan"), "3", None, True])
def test_whole_numbers_are_whole_and_at_least_1(name, value):
    settings = {"num_samples": 12, name: value}
    with pytest.raises((TypeError, ValueError), match=f"^{name} is .* expected a whole number"):
        clean_black_box(distance, **settings)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("radius", [0, -1, np.inf, np.nan, "1", None]),
        ("epsilon_initial", [0, -1, np.inf, np.nan, "1", None]),
        ("epsilon_decay", [0, 1, 2, -1, np.nan, "1", None]),
    ],
)
def test_numbers_are_in_their_interval(name, values):
    for value in values:
        with pytest.raises((TypeError, ValueError), match=f"^{name} is .*; expected a "):
            clean_black_box(distance, 12, **{name: value})


@pytest.mark.parametrize("value", [-1, 2**32, 1.5, "seed", True])
def test_a_bad_random_state_is_refused(value):
    with pytest.raises((TypeError, ValueError), match=r"^random_state is .*; expected None, a"):
        clean_black_box(distance, 12, random_state=value)


def test_every_kind_of_random_state():
    def scores(random_state):
        return clean_black_box(distance, 12, random_state=random_state, **SHORT).scores.tolist()

    assert scores(3) == scores(np.int64(3)) != scores(4)
    assert scores(np.random.RandomState(3)) == scores(np.random.RandomState(3))
    np.random.seed(0)
    first = scores(None)
    assert scores(None) != first
    np.random.seed(0)
    assert scores(None) == first


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (np.full(5, 0.5), "initial_weight has shape (5,); expected a number, or one for each"),
        (np.full((12, 1), 0.5), "initial_weight has shape (12, 1)"),
        (1.5, "between 1.5 and 1.5; expected weights in [0, 1]"),
        (np.linspace(-1, 1, 12), "between -1.0 and 1.0; expected weights in [0, 1]"),
        (np.nan, "expected weights in [0, 1]"),
        ("0.5", "initial_weight is '0.5'; expected a number"),
        (None, "initial_weight is None; expected a number"),
    ],
)
def test_a_bad_start_is_refused(weight, sentence):
    with pytest.raises((TypeError, ValueError), match=re.escape(sentence)):
        clean_black_box(distance, 12, initial_weight=weight)


def test_a_training_is_a_function():
    with pytest.raises(TypeError, match="train is 3; expected a function"):
        clean_black_box(3, 12)
