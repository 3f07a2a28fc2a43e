"""Means over seeds and their intervals."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit


class Interval(NamedTuple):
    """A mean over runs and its 95 % interval."""

    mean: float
    low: float
    high: float


def mean_interval(values: pd.Series | np.ndarray) -> Interval:
    """Return the mean and the two-sided 95 % t interval, mean +- t_{0.975, n-1} s / sqrt(n).

    Values that are nan are left out; the interval of one value is nan, as is the mean of none.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, math.nan, math.nan)
    half = float(stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / math.sqrt(len(known)))
    return Interval(mean, mean - half, mean + half)


def describe(frame: pd.DataFrame, columns: list[str]) -> dict[str, float]:
    """Return {column}_mean, _low and _high for each column of a frame with one row per run."""
    described = {}
    for column in columns:
        for name, value in mean_interval(frame[column])._asdict().items():
            described[f"{column}_{name}"] = value
    return described
