"""Estimates from differences of F along chosen directions, in all of the space or in a part of it."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor

from relaxpen.method.directions import DirectionLaw, Gaussian, Orthogonal
from relaxpen.method.estimators import GradientEstimate, GradientEstimator, Point
from relaxpen.method.problem import Evaluation
from relaxpen.method.schedules import Schedule

GAUSSIAN = Gaussian()


class Values(Protocol):
    """What differences of values ask of a bilevel problem: no derivative, see BilevelProblem."""

    @property
    def num_hyper(self) -> int:
        """p, the number of mask entries."""
        ...

    @property
    def num_lower_steps(self) -> int:
        """The lower-level gradient steps of one evaluation, or 1 where a training is one whole."""
        ...

    def initial_params(self) -> Tensor:
        """Return the cold start of the lower level (...)."""
        ...

    def draw_batches(self, generator: Generator) -> Tensor | None:
        """Draw minibatches for one evaluation, or None."""
        ...

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None) -> Evaluation:
        """Return F at each row of thetas (batch, p), every lower solve begun at start (...)."""
        ...


class LossesOfSamples(Values, Protocol):
    """A bilevel problem with a lower-level loss for each mask entry."""

    def sample_losses(self, params: Tensor) -> Tensor:
        """Return the loss of each sample of the lower level, (k, p) float64, at params (k, ...)."""
        ...


@dataclass(frozen=True)
class Differences:
    """Forward differences of F along directions of a law, added to another estimate or alone.

        g = h + lambda (1/m) sum_i ([F(theta + c_j z_i) - F(theta)] / c_j - <h, z_i>) z_i

    h is the estimate of ``base``, a control variate: with lambda = 1 the sum is unbiased up to
    O(c_j) whatever h is, and its variance is that of the directions on the remainder grad F - h
    alone. ``shrink`` takes lambda = m / (m + p + 1), the factor of least squared error for Gaussian
    directions, which goes to 1 as m grows. Without a base h = 0, and theta is evaluated here.
    Source: Sahu, Zaheer, Kar (2019), Algorithm 2, for h = 0, lambda = 1 and Gaussian directions.
    """

    num_directions: int  # m
    radius: Schedule  # c_j, a length in theta
    law: DirectionLaw = GAUSSIAN
    base: GradientEstimator | None = None
    shrink: bool = False

    def estimate(self, problem: Values, point: Point, directions: Generator) -> GradientEstimate:
        """Return the estimate at a point."""
        theta, start, step, batches = point
        z = self.law.draw(self.num_directions, theta.numel(), directions).to(theta)
        base = self._base(problem, point, directions)
        radius = self.radius(step)
        values = problem.evaluate(theta + radius * z, start, batches).values
        slopes = ((values - base.value) / radius).to(z) - z @ base.gradient
        factor = self.num_directions / (self.num_directions + theta.numel() + 1)
        weight = (factor if self.shrink else 1.0) / self.num_directions
        return GradientEstimate(
            gradient=base.gradient + weight * (slopes @ z),
            value=base.value,
            params=base.params,
            num_values=base.num_values + self.num_directions,
            num_lower_steps=base.num_lower_steps + self.num_directions * problem.num_lower_steps,
        )

    def _base(self, problem: Values, point: Point, directions: Generator) -> GradientEstimate:
        if self.base is not None:
            return self.base.estimate(problem, point, directions)
        values, params = problem.evaluate(point.theta[None], point.start, point.batches)
        zero = torch.zeros_like(point.theta)
        return GradientEstimate(zero, values[0].item(), params[0], 1, problem.num_lower_steps)


@dataclass(frozen=True)
class GuidedDirections:
    """Differences of F along random combinations of groups of samples with about the same loss.

        U = [1_B / sqrt|B|] over q quantile bins B of l_i(w_T(theta)),     (p, q), orthonormal
        g = (1/m) sum_i [F(theta + c U a_i) - F(theta)] / c  U a_i,        E[a a'] = I_q

    Unbiased for U U' grad F, the best gradient that is constant on each bin: a wrong label shows in
    its loss. The cosine to it is about sqrt(m / (m + q)) for m < q, and the a_i are orthogonal, so
    that m = q directions give it exactly. c = c_j sqrt(p / q) moves theta as far as a full direction.
    Source: docs/estimators.md; the idea of a guiding subspace is that of Maheswaranathan et al. (2019).
    """

    num_directions: int  # m
    num_bins: int  # q
    radius: Schedule  # c_j, a length in theta

    def estimate(
        self, problem: LossesOfSamples, point: Point, directions: Generator
    ) -> GradientEstimate:
        """Return the estimate at a point."""
        theta, start, step, batches = point
        values, params = problem.evaluate(theta[None], start, batches)
        bins = quantile_bins(problem.sample_losses(params)[0], self.num_bins)
        heights = torch.bincount(bins, minlength=self.num_bins).to(theta).rsqrt()
        a = Orthogonal().draw(self.num_directions, self.num_bins, directions).to(theta)
        z = (a * heights)[:, bins]
        radius = self.radius(step) * (theta.numel() / self.num_bins) ** 0.5
        moved = problem.evaluate(theta + radius * z, start, batches).values
        slopes = ((moved - values[0]) / radius).to(z)
        return GradientEstimate(
            gradient=slopes @ z / self.num_directions,
            value=values[0].item(),
            params=params[0],
            num_values=self.num_directions + 1,
            num_lower_steps=(self.num_directions + 1) * problem.num_lower_steps,
        )


def quantile_bins(losses: Tensor, num_bins: int) -> Tensor:
    """Return for each loss (p,) the bin of its rank, (p,) in 0 .. num_bins - 1, bins of equal size.

    Raises ValueError if there are more bins than losses: a bin would be empty.
    """
    count = losses.numel()
    if num_bins > count:
        raise ValueError(f"{num_bins} bins for {count} samples; give at most one per sample")
    ranks = torch.empty_like(losses, dtype=torch.int64)
    ranks[losses.argsort(stable=True)] = torch.arange(count, device=losses.device)
    return ranks * num_bins // count
