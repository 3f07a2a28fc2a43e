"""One projected gradient step on an estimate of the gradient."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Tensor

from relaxpen.method.schedules import Schedule


class Projection(Protocol):
    """A feasible set, known by its nearest points."""

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest point of the set (..., p) to a point (..., p)."""
        ...


class ProjectedGradientState(NamedTuple):
    """All that changes from one step to the next."""

    theta: Tensor  # (..., p) iterate theta_j, in the feasible set
    gap: float  # <descent, theta - next theta> of the step that led here; nan before the first


@dataclass(frozen=True)
class ProjectedGradient:
    """A step along an estimate plus a gradient that is known exactly, and back to the feasible set.

        theta_{j+1} = P(theta_j - gamma_j c . (g_j + known_j))

    c is ``scales``, (p,) or one number; it must be the same within each factor of a product of sets.
    Nothing is averaged. The gap is at least |theta_{j+1} - theta_j|^2 / (gamma_j max c), so it is 0
    exactly where the step goes nowhere; its unit is that of F, as is Frank-Wolfe's. theta (R, p) is R
    runs side by side; their gaps are summed.
    Source: Relax and penalize, Sections 5.1 and 5.2, appendices C.2 and D.2.
    """

    projection: Projection
    step_size: Schedule  # gamma_j > 0, in squared units of theta per unit of F
    scales: Tensor | float = 1.0  # c > 0

    def init(self, theta: Tensor) -> ProjectedGradientState:
        """Return the state before the first step, at theta (..., p) in the feasible set."""
        return ProjectedGradientState(theta, float("nan"))

    def step(
        self, state: ProjectedGradientState, step: int, estimate: Tensor, known: Tensor
    ) -> ProjectedGradientState:
        """Return the state after step j, given the estimate g_j and the known part, (..., p) each."""
        descent = estimate + known
        moved = state.theta - self.step_size(step) * self.scales * descent
        theta = self.projection.project(moved)
        return ProjectedGradientState(theta, (descent * (state.theta - theta)).sum().item())
