"""Rows of a summary by mask."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def by_mask(runs: pd.DataFrame, order: dict[str, str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Yield the rows of each mask, in a given order; those of runs that did not finish come last."""
    known = list(order)
    masks = runs.groupby("mask", sort=False, dropna=False)
    yield from sorted(
        masks, key=lambda pair: known.index(pair[0]) if pair[0] in known else len(known)
    )
