"""Linear minimization oracles: the vertex of a feasible set that is best for a direction."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


class LinearMinimizationOracle(Protocol):
    """A feasible set, known by one verb."""

    def minimize(self, direction: Tensor) -> Tensor:
        """Return argmin_v <v, direction> over the set, a vertex (p,), for a direction (p,)."""
        ...


@dataclass(frozen=True)
class UnitBox:
    """The box [0, 1]^p: v_i = 1 where direction_i <= 0, else 0.

    An exact zero is a tie; it keeps the sample (v_i = 1).
    Source: thesis, Algorithm 3.2, "Solve Linear Subproblem".
    """

    def minimize(self, direction: Tensor) -> Tensor:
        return (direction <= 0).to(direction.dtype)
