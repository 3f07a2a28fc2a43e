"""Matrices whose rows lie on the simplex: the nearest one, and the best one for a direction."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Simplices:
    """The P x L matrices with entries in [0, 1] and rows that sum to 1, as vectors (..., P L).

    Row j holds the entries j L to (j + 1) L - 1. Leading dimensions are several such matrices, each
    treated by itself. A vector of another length, or with an entry that is not finite, is refused
    with ValueError, as are sizes below 1.
    Source: Relax and penalize, Section 5.1, Theta = (Delta^(L-1))^P.
    """

    num_rows: int  # P
    num_columns: int  # L

    def __post_init__(self) -> None:
        if self.num_rows < 1 or self.num_columns < 1:
            sizes = f"{self.num_rows} rows of {self.num_columns} entries"
            raise ValueError(f"simplices need at least 1 row of 1 entry, not {sizes}")

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest feasible vector (..., P L) to a point (..., P L).

            y_l = max(x_l - tau, 0) for a row x, tau = max_k (x_(1) + ... + x_(k) - 1) / k

        with x_(1) >= x_(2) >= ... the sorted row. Exact up to rounding; feasible rows stay.
        Source: Held, Wolfe, Crowder (1974); the largest mean is the root that sorting looks for.
        """
        rows = self._rows(point)
        # the largest entry of a row becomes 0 first: no digits are lost where a row is far away
        rows = rows - rows.amax(dim=-1, keepdim=True)
        counts = torch.arange(1, self.num_columns + 1, device=rows.device)
        sums = rows.sort(dim=-1, descending=True).values.cumsum(dim=-1)
        threshold = ((sums - 1) / counts).amax(dim=-1, keepdim=True)
        return (rows - threshold).clamp(min=0).flatten(-2)

    def minimize(self, direction: Tensor) -> Tensor:
        """Return argmin_v <v, direction>, a binary vertex (..., P L): the first least entry of a row."""
        rows = self._rows(direction)
        best = rows.argmin(dim=-1, keepdim=True)
        return torch.zeros_like(rows).scatter_(-1, best, 1.0).flatten(-2)

    def _rows(self, vector: Tensor) -> Tensor:
        """Return (..., P, L)."""
        size = self.num_rows * self.num_columns
        if vector.shape[-1:] != (size,):
            shape = tuple(vector.shape)
            raise ValueError(f"{self} needs vectors of {size} entries, not the shape {shape}")
        if not vector.isfinite().all():
            raise ValueError(
                f"{self} needs finite entries; {int((~vector.isfinite()).sum())} are not"
            )
        rows: Tensor = vector.unflatten(-1, (self.num_rows, self.num_columns))
        return rows
