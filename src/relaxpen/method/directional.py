"""Estimates from differences of F along chosen directions, in all of the space or in a part of it."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Generator, Tensor

from relaxpen.method.directions import DirectionLaw, Gaussian, Orthogonal
from relaxpen.method.estimators import GradientEstimate, GradientEstimator, NoGradient, Point
from relaxpen.method.problem import Values
from relaxpen.method.schedules import Schedule

GAUSSIAN = Gaussian()
Evaluated = TypeVar("Evaluated", bound=Values, contravariant=True)  # what the base asks for too


class LossesOfSamples(Values, Protocol):
    """A bilevel problem with a lower-level loss for each mask entry."""

    def sample_losses(self, params: Tensor) -> Tensor:
        """Return the loss of each sample of the lower level, (k, p) float64, at params (k, ...)."""
        ...


@dataclass(frozen=True)
class Differences(Generic[Evaluated]):
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
    base: GradientEstimator[Evaluated, Tensor] | None = None
    shrink: bool = False

    def estimate(
        self, problem: Evaluated, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        """Return the estimate at a point."""
        return self.estimates(problem, point, directions, [self.num_directions])[0]

    def estimates(
        self, problem: Evaluated, point: Point[Tensor], directions: Generator, counts: list[int]
    ) -> list[GradientEstimate[Tensor]]:
        """Return the estimate of the first m directions for each m in counts, drawn and solved once.

        ``num_directions`` sets nothing here; the step's radius and the base are the same for all.
        """
        theta, start, step, batches = point
        z = self.law.draw(max(counts), theta.numel(), directions).to(theta)
        base = (self.base or NoGradient()).estimate(problem, point, directions)
        radius = self.radius(step)
        values = problem.evaluate(theta + radius * z, start, batches).values
        slopes = ((values - base.value) / radius).to(z) - z @ base.gradient
        more = [self._correction(slopes[:count], z[:count]) for count in counts]
        return [
            _costing_more(base._replace(gradient=base.gradient + add), count, problem)
            for add, count in zip(more, counts, strict=True)
        ]

    def _correction(self, slopes: Tensor, z: Tensor) -> Tensor:
        """Return lambda (1/m) sum_i slope_i z_i, (p,), for slopes (m,) and z (m, p)."""
        count, num_hyper = z.shape
        factor = count / (count + num_hyper + 1)
        weight = (factor if self.shrink else 1.0) / count
        return weight * (slopes @ z)


@dataclass(frozen=True)
class GuidedDirections:
    """Differences of F along random combinations of groups of samples with about the same loss.

        U = [1_B / sqrt|B|] over q quantile bins B of l_i(w_T(theta)),     (p, q), orthonormal
        g = (1/m) sum_i [F(theta + c U a_i) - F(theta)] / c  U a_i,        E[a a'] = I_q

    Unbiased for U U' grad F, the best gradient that is constant on each bin: a wrong label shows in
    its loss. The a_i are orthogonal: the cosine to it is about sqrt(m / q), and m = q directions give it
    exactly. c = c_j sqrt(p / q) moves theta as far as a full direction.
    Source: docs/estimators.md; the idea of a guiding subspace is that of Maheswaranathan et al. (2019).
    """

    num_directions: int  # m
    num_bins: int  # q
    radius: Schedule  # c_j, a length in theta

    def estimate(
        self, problem: LossesOfSamples, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        """Return the estimate at a point."""
        return self.estimates(problem, point, directions, [self.num_directions])[0]

    def estimates(
        self,
        problem: LossesOfSamples,
        point: Point[Tensor],
        directions: Generator,
        counts: list[int],
    ) -> list[GradientEstimate[Tensor]]:
        """Return the estimate of the first m directions for each m in counts, drawn and solved once.

        ``num_directions`` sets nothing here. Beyond q directions come others of the same q dimensions.
        """
        theta, start, step, batches = point
        here = NoGradient().estimate(problem, point, directions)
        bins = quantile_bins(problem.sample_losses(here.params[None])[0], self.num_bins)
        heights = torch.bincount(bins, minlength=self.num_bins).to(theta).rsqrt()
        a = Orthogonal().draw(max(counts), self.num_bins, directions).to(theta)
        z = (a * heights)[:, bins]
        radius = self.radius(step) * (theta.numel() / self.num_bins) ** 0.5
        moved = problem.evaluate(theta + radius * z, start, batches).values
        slopes = ((moved - here.value) / radius).to(z)
        means = [slopes[:count] @ z[:count] / count for count in counts]
        return [
            _costing_more(here._replace(gradient=mean), count, problem)
            for mean, count in zip(means, counts, strict=True)
        ]


def _costing_more(
    found: GradientEstimate[Tensor], count: int, problem: Values
) -> GradientEstimate[Tensor]:
    """Return an estimate that took ``count`` further solves, each with its value."""
    return found._replace(
        num_values=found.num_values + count,
        num_solves=found.num_solves + count,
        num_lower_steps=found.num_lower_steps + count * problem.num_lower_steps,
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
