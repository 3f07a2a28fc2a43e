"""One step of projected gradient descent, and a feasible set of a mask with one more number."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from relaxpen.method import penalty
from relaxpen.method.schedules import Schedule


class FeasibleSet(Protocol):
    """A convex set, known by its nearest points and its vertices."""

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest point of the set (..., p) to a point (..., p)."""
        ...

    def minimize(self, direction: Tensor) -> Tensor:
        """Return argmin_v <v, direction> over the set, (..., p)."""
        ...


class ProjectedGradientState(NamedTuple):
    """All that changes from one step to the next."""

    theta: Tensor  # (..., p) iterate theta_j, in the feasible set
    gap: float  # |theta_{j+1} - theta_j| / gamma_j of the step that led here; nan before the first


@dataclass(frozen=True)
class ProjectedGradient:
    """Projected gradient descent on an estimate plus a gradient that is known exactly.

        theta_{j+1} = P(theta_j - gamma_j c . (g_j + known_j))

    c is ``scales``, (p,) or one number; P is the projection of the set, which is right for scales
    that are the same within each factor of a product. It has the verbs of ``FrankWolfe``; the gap is
    the length of the gradient mapping, which is 0 at stationary points alone.
    Source: Relax and penalize, appendix C.2, with c = 1e-4 for lambda.
    """

    feasible: FeasibleSet
    step_size: Schedule  # gamma_j > 0
    scales: Tensor | float = 1.0  # c > 0

    def init(self, theta: Tensor) -> ProjectedGradientState:
        """Return the state before the first step at theta (..., p)."""
        return ProjectedGradientState(theta, float("nan"))

    def step(
        self, state: ProjectedGradientState, step: int, estimate: Tensor, known: Tensor
    ) -> ProjectedGradientState:
        """Return the state after step j, given the estimate g_j and the known part, (..., p) each."""
        length = self.step_size(step)
        moved = state.theta - length * self.scales * (estimate + known)
        theta = self.feasible.project(moved)
        return ProjectedGradientState(theta, (theta - state.theta).norm().item() / length)


@dataclass(frozen=True)
class MaskAndNumber:
    """Vectors (..., p + 1) of a mask in a set of its own and a number in [low, high] at the end.

    Bounds in the wrong order raise ValueError.
    """

    mask: FeasibleSet
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
