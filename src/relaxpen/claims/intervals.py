"""Intervals of effects over seeds: of a mean, of a median and of a share."""

import math

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from relaxpen.claims.model import IntervalKind
from relaxpen.display.statistics import Interval, mean_interval

UNKNOWN = Interval(math.nan, math.nan, math.nan)
TAIL = 0.025  # on either side


def interval(values: pd.Series, kind: IntervalKind = "mean") -> Interval:
    """Return an estimate from the effects of all seeds and its 95 % interval.

    All nan if one seed has no effect: a seed is never dropped, for the runs that fail are not like the
    others. A mean needs finite effects; a median takes infinite ones, runs that never reach a target.
    """
    if values.isna().any() or len(values) < 2:
        return UNKNOWN
    return INTERVALS[kind](np.sort(values.to_numpy(dtype=float)))


def mean(values: np.ndarray) -> Interval:
    """Return the mean and its t interval; nan if an effect is not finite."""
    return mean_interval(values) if np.isfinite(values).all() else UNKNOWN


def median(values: np.ndarray) -> Interval:
    """Return the median of sorted effects between two of them, at least 95 % sure whatever their law.

    Nan for fewer than six: no two of them are so sure.
    """
    from scipy.stats import binom  # a second, for which only medians need wait

    below = int(binom.ppf(TAIL, len(values), 0.5))  # the least with P(X <= below) >= TAIL
    if below < 1:
        return UNKNOWN
    low, high = values[below - 1], values[len(values) - below]
    middle = values[(len(values) - 1) // 2], values[len(values) // 2]
    return Interval(middle[0] if middle[0] == middle[1] else sum(middle) / 2, low, high)


def share(values: np.ndarray) -> Interval:
    """Return the share of ones among zeros and ones, with the exact interval of Clopper and Pearson."""
    num, ones = len(values), int(values.sum())
    low = betaincinv(ones, num - ones + 1, TAIL) if ones > 0 else 0.0
    high = betaincinv(ones + 1, num - ones, 1 - TAIL) if ones < num else 1.0
    return Interval(ones / num, float(low), float(high))


INTERVALS = {"mean": mean, "median": median, "share": share}
