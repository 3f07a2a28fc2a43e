"""Checks of settings, initial masks and models: one sentence for each mistake."""

import inspect
import math
import sys
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from relaxpen.inputs.errors import shown
from relaxpen.inputs.models import LARGEST
from relaxpen.library.arrays import plain_array


class Interval(NamedTuple):
    """An interval of numbers, and its text in an error message."""

    expected: str
    holds: Callable[[float], bool]


FINITE = Interval("a finite number", math.isfinite)
POSITIVE = Interval("a finite number above 0", lambda value: 0 < value < math.inf)
NOT_NEGATIVE = Interval("a finite number of at least 0", lambda value: 0 <= value < math.inf)
SHARE = Interval("a number above 0 and below 1", lambda value: 0 < value < 1)


def whole_numbers(**given: Any) -> list[int]:
    """Return the settings as ints, in their order.

    Raises TypeError for anything but whole numbers (2.0 and True are refused), ValueError below 1 and
    above LARGEST.
    """
    for name, value in given.items():
        message = f"{name} is {shown(value)}; expected a whole number of at least 1"
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(message)
        if not 1 <= value <= LARGEST:
            raise ValueError(f"{message} and at most {LARGEST}")
    return [int(value) for value in given.values()]


def numbers_in(interval: Interval, **given: Any) -> list[float]:
    """Return the settings as floats, in their order.

    Raises TypeError for anything but numbers (True is refused), ValueError outside the interval
    or for nan.
    """
    for name, value in given.items():
        message = f"{name} is {shown(value)}; expected {interval.expected}"
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(message)
        if abs(value) > sys.float_info.max or not interval.holds(value):
            raise ValueError(message)
    return [float(value) for value in given.values()]


def stream_of(random_state: Any) -> np.random.RandomState:
    """Return the stream of an int seed, of NumPy's own (None), or the one given.

    Raises TypeError for anything else, ValueError for a seed outside 0 .. 2**32 - 1.
    """
    if isinstance(random_state, np.random.RandomState):
        return random_state
    if random_state is None:
        return np.random.RandomState(np.random.randint(LARGEST, dtype=np.int64))
    return np.random.RandomState(_seed(random_state))


def seed_of(random_state: Any) -> int:
    """Return an int seed itself, else one drawn from ``stream_of``; raises what that raises."""
    if isinstance(random_state, Integral):
        return _seed(random_state)
    return int(stream_of(random_state).randint(2**31 - 2))


def _seed(value: Any) -> int:
    message = (
        f"random_state is {shown(value)}; expected None, a whole number from 0 to {LARGEST}, or a "
        "numpy.random.RandomState"
    )
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(message)
    if not 0 <= value <= LARGEST:
        raise ValueError(message)
    return int(value)


def initial_mask(weight: Any, num_samples: int) -> np.ndarray:
    """Return the mask (n,) that a search starts from, given a number or (n,) numbers.

    Raises TypeError for anything but numbers, ValueError for another shape or weights outside [0, 1].
    """
    found = np.asarray(plain_array(weight))
    if found.dtype.kind not in "biuf":
        raise TypeError(f"initial_weight is {weight!r}; expected a number or numbers in [0, 1]")
    if found.shape not in ((), (num_samples,)):
        raise ValueError(
            f"initial_weight has shape {found.shape}; expected a number, or one for each training "
            f"sample, shape ({num_samples},)"
        )
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError(
            f"initial_weight lies between {found.min()} and {found.max()}; expected weights in [0, 1]"
        )
    # a copy: what is given is never written to
    return np.array(np.broadcast_to(found, (num_samples,)), dtype=np.float64)


def check_model(model: Any, *, with_weights: bool) -> None:
    """Pass a classifier that gives probabilities and, if asked for, can be trained with weights.

    Raises TypeError for a class in place of an instance, and without fit, get_params, predict_proba
    or, ``with_weights``, sample_weight in fit.
    """
    name = type(model).__name__
    if inspect.isclass(model):
        raise TypeError(
            f"model is the class {model.__name__}; expected an instance, {model.__name__}()"
        )
    if not (hasattr(model, "fit") and hasattr(model, "get_params")):
        raise TypeError(f"model is a {name}; expected a scikit-learn classifier, or None")
    # fit(X, y, **params), as of a grid search, may pass weights on: the first training will tell
    takes = inspect.signature(model.fit).parameters.values()
    if with_weights and not any(
        one.name == "sample_weight" or one.kind is one.VAR_KEYWORD for one in takes
    ):
        raise TypeError(
            f"{name}.fit takes no sample_weight; expected a classifier that can be trained with "
            "weights"
        )
    if not hasattr(model, "predict_proba"):
        raise TypeError(
            f"{name} has no predict_proba; expected a classifier that gives probabilities (for an "
            "SVM: sklearn.calibration.CalibratedClassifierCV around it)"
        )
