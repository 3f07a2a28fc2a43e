"""All coordinates of the hypergradient from two lower-level solves and the losses they leave."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor

from relaxpen.method.estimators import GradientEstimate, Point
from relaxpen.method.problem import BilevelProblem


class WeightedSamples(BilevelProblem, Protocol):
    """A bilevel problem whose lower objective is a mean of losses, each weighted by a mask entry."""

    def solve_pulled(
        self, theta: Tensor, strengths: Tensor, start: Tensor, batches: Tensor | None
    ) -> Tensor:
        """Return the parameters (k, ...) after T lower-level steps on f + s F, s in strengths (k,).

        F is the upper objective; every solve is begun at start (...) and sees the same batches.
        """
        ...

    def sample_losses(self, params: Tensor) -> Tensor:
        """Return the loss of each sample of the lower level, (k, p) float64, at params (k, ...)."""
        ...


@dataclass(frozen=True)
class ValueDifference:
    """The derivative with respect to every weight, from how a pull towards F changes each loss.

        f_s(w) = (1/p) sum_i theta_i l_i(w) + c |w|^2 + s F(w),      w_s = its solution
        g_i = [l_i(w_s) - l_i(w_0)] / (s p)                          forward
        g_i = [l_i(w_s) - l_i(w_-s)] / (2 s p)                       symmetric

    Both are dF/dtheta_i up to O(s), or O(s^2), where the solves are exact: dw_s/ds = -H^-1 grad F, so
    dl_i/ds = -grad l_i' H^-1 grad F = p dF/dtheta_i. No derivative with respect to theta is taken.
    A pulled solve also takes the gradient of F at each step.
    Source: docs/estimators.md; it is the difference that F2SA (Kwon et al., 2023) takes of the value
    function, with its multiplier 1/s.
    """

    strength: float  # s, no unit
    symmetric: bool = False

    def estimate(
        self, problem: WeightedSamples, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        """Return the estimate at a point."""
        del directions
        theta = point.theta
        pulls = [0.0, self.strength, -self.strength] if self.symmetric else [0.0, self.strength]
        strengths = torch.tensor(pulls, dtype=torch.float64, device=theta.device)
        params = problem.solve_pulled(theta, strengths, point.start, point.batches)
        losses = problem.sample_losses(params)
        width = (2 if self.symmetric else 1) * self.strength
        gradient = (losses[1] - losses[-1 if self.symmetric else 0]) / (width * problem.num_hyper)
        return GradientEstimate(
            gradient=gradient.to(theta),
            value=problem.upper_values(theta[None], params[0])[0].item(),
            params=params[0],
            num_values=1,
            num_solves=len(pulls),
            num_lower_steps=len(pulls) * problem.num_lower_steps,
            num_upper_gradients=(len(pulls) - 1) * problem.num_lower_steps,
        )
