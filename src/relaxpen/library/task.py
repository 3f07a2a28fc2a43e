"""The data that an estimator of the library finds a mask for."""

from typing import NamedTuple

import numpy as np


class Task(NamedTuple):
    """Noisy samples, and clean ones to judge them by."""

    X: np.ndarray  # (m, d) noisy training samples
    labels: np.ndarray  # (m,) in 0 .. num_classes - 1
    X_val: np.ndarray  # (v, d) clean samples
    clean: np.ndarray  # (v,) their labels
    num_classes: int
    seen: np.ndarray  # (n,) bool, which m of the n samples given they are: the others are held out
