"""One projected gradient step on an estimate of the gradient."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from relaxpen.method.schedules import Schedule


class Projection(Protocol):
    """A feasible set, known by its nearest points."""

    def project(self, point: Tensor) -> Tensor:
        """Return the point of the set that is nearest to a point (p,), (p,)."""
        ...


class ProjectedGradientState(NamedTuple):
    """All that changes from one step to the next."""

    theta: Tensor  # (p,) iterate theta_j, in the feasible set
    gap: float  # <descent, theta - next theta> of the step that led here; nan before the first


@dataclass(frozen=True)
class ProjectedGradient:
    """A step along an estimate plus a gradient that is known exactly, and back to the feasible set.

        theta_{j+1} = P(theta_j - gamma_j (g_j + known_j))

    Nothing is averaged. The gap is at least |theta_{j+1} - theta_j|^2 / gamma_j, so it is 0 exactly
    where the step goes nowhere; its unit is that of F, as is Frank-Wolfe's.
    Source: Relax and penalize, Section 5.2 and Appendix D.2.
    """

    projection: Projection
    step_size: Schedule  # gamma_j > 0, in squared units of theta per unit of F

    def init(self, theta: Tensor) -> ProjectedGradientState:
        """Return the state before the first step, at theta (p,) in the feasible set."""
        return ProjectedGradientState(theta, float("nan"))

    def step(
        self, state: ProjectedGradientState, step: int, estimate: Tensor, known: Tensor
    ) -> ProjectedGradientState:
        """Return the state after step j, given the estimate g_j (p,) and the known part (p,)."""
        descent = estimate + known
        theta = self.projection.project(state.theta - self.step_size(step) * descent)
        return ProjectedGradientState(theta, torch.dot(descent, state.theta - theta).item())
