"""Splits of a pool of clean samples into training, validation and selection sets."""

from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """Disjoint sample indices into a pool."""

    train: np.ndarray  # (num_train,)
    validation: np.ndarray  # (num_validation,)
    selection: np.ndarray  # (num_selection,), may be empty


def draw_split(
    pool_size: int,
    num_train: int,
    num_validation: int,
    num_selection: int,
    rng: np.random.Generator,
) -> Split:
    """Draw disjoint index sets from 0 .. pool_size - 1, uniformly without replacement.

    Raises ValueError if the pool is too small.
    """
    wanted = num_train + num_validation + num_selection
    if wanted > pool_size:
        raise ValueError(
            f"split asks for {num_train} + {num_validation} + {num_selection} = {wanted} samples; "
            f"the pool has {pool_size}"
        )
    order = rng.permutation(pool_size)[:wanted]
    return Split(*np.split(order, [num_train, num_train + num_validation]))
