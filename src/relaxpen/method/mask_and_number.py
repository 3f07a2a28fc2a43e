"""The feasible set of a mask with one more number, such as the strength of a regularization."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from relaxpen.method import penalty


class MaskSet(Protocol):
    """A set of masks, known by its nearest points and its vertices."""

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest point of the set (..., p) to a point (..., p)."""
        ...

    def minimize(self, direction: Tensor) -> Tensor:
        """Return argmin_v <v, direction> over the set, (..., p)."""
        ...


@dataclass(frozen=True)
class MaskAndNumber:
    """Vectors (..., p + 1) of a mask in a set of its own and a number in [low, high] at the end.

    Bounds in the wrong order raise ValueError.
    """

    mask: MaskSet
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"the interval [{self.low}, {self.high}] is empty")

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest feasible vector (..., p + 1)."""
        number = point[..., -1:].clamp(self.low, self.high)
        return torch.cat([self.mask.project(point[..., :-1]), number], dim=-1)

    def minimize(self, direction: Tensor) -> Tensor:
        """Return the best vertex (..., p + 1); a number whose direction is 0 is ``low``."""
        last = direction[..., -1:]
        number = torch.where(last < 0, last.new_tensor(self.high), last.new_tensor(self.low))
        return torch.cat([self.mask.minimize(direction[..., :-1]), number], dim=-1)

    def penalty_gradient(self, point: Tensor, epsilon: float) -> Tensor:
        """Return (1 - 2 theta) / eps for the mask and 0 for the number, (..., p + 1)."""
        mask = penalty.gradient(point[..., :-1], epsilon)
        return torch.cat([mask, torch.zeros_like(point[..., -1:])], dim=-1)
