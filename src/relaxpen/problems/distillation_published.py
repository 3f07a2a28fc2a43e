"""Data distillation as the public code of its paper runs it, mistakes included. To compare with."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.problems.distillation import DataDistillation

TOLERANCE = 1e-10  # of the sum of the weights


@dataclass(frozen=True)
class PublishedDistillation:
    """The same problem with the gradient of the public code.

        g_j = a_j (1/m) <q' (x_j - xbar_v), f_j> + (1/V) <rbar, f_j>

    in the notation of ``DataDistillation.gradient_terms``: a_j is m on ``batch_size`` samples drawn
    for each gradient and 0 on the others. As the factor 1/m is forgotten, the first term is on average
    ``batch_size`` times too large against the second. With ``divided`` a_j is 1 or 0: the factor is
    there, the sampling stays.
    Source: the authors' DataDistillationRegression.m, add1 and add2.
    """

    problem: DataDistillation
    batch_size: int = 600
    divided: bool = False

    @property
    def num_hyper(self) -> int:
        """p = m, one weight per training sample."""
        return self.problem.num_hyper

    @property
    def num_lower_steps(self) -> int:
        """1: the solution is exact."""
        return self.problem.num_lower_steps

    def initial_params(self) -> Tensor:
        """Return [W, b] = 0, (e, d + 1)."""
        return self.problem.initial_params()

    def draw_batches(self, generator: Generator) -> Tensor:
        """Return the samples (1, batch size) that the first term is computed for."""
        return torch.randperm(self.num_hyper, generator=generator)[None, : self.batch_size]

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return J and [W, b] for each row of weights (batch, m); these are right."""
        return self.problem.evaluate(thetas, start, batches)

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        """Return the validation loss of params (e, d + 1), once per row of thetas, (batch,) float64."""
        return self.problem.upper_values(thetas, params)

    def hypergradient(
        self, theta: Tensor, start: Tensor, batches: Tensor | None = None
    ) -> Hypergradient:
        """Return g (m,) at weights theta (m,), the first term at batches (1, k), by default at all."""
        del start
        fit = self.problem.fit(theta)
        terms = self.problem.gradient_terms(fit)
        scale = torch.zeros_like(terms.through_slopes)
        scale[slice(None) if batches is None else batches[0]] = 1 if self.divided else len(scale)
        gradient = scale * terms.through_slopes + terms.through_means
        value = self.problem.upper_values(theta[None], fit.params).item()
        return Hypergradient(gradient.to(theta), value, fit.params)


@dataclass(frozen=True)
class PublishedBudgetedBox:
    """The projection of the public code on {v in [0, 1]^m, sum_i v_i = tau}, which can miss the sum.

    It searches the t of v_i = clip(u_i - t, 0, 1) between the breakpoints {u_i, u_i - m}, where those
    of the sum are {u_i, u_i - 1}, and interpolates as if the sum were linear there. Where the sum
    bends between the two, v has another sum than tau; near a constant vector every v_i becomes 1.
    Their random pivots end at the same two breakpoints as the bisection here.
    Source: the authors' kiwiel.m and its call.
    """

    num_entries: int  # m
    budget: float  # tau in (0, m)

    def project(self, point: Tensor) -> Tensor:
        """Return v (m,) for a point u (m,)."""
        breakpoints: Tensor = torch.cat([point - self.num_entries, point]).unique()
        first, last = -1, len(breakpoints)
        while last - first > 1:
            middle = (first + last) // 2
            excess = self._excess(point, breakpoints[middle])
            if abs(excess) <= TOLERANCE:
                return (point - breakpoints[middle]).clamp(0, 1)
            first, last = (middle, last) if excess > 0 else (first, middle)
        low, high = breakpoints[first], breakpoints[last]
        above, below = self._excess(point, low), self._excess(point, high)
        return (point - (low - above * (high - low) / (below - above))).clamp(0, 1)

    def _excess(self, point: Tensor, level: Tensor) -> float:
        return (point - level).clamp(0, 1).sum().item() - self.budget
