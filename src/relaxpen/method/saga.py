"""Gradients of a sum of many terms from a few of them, with a memory of what the others were."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Generator, Tensor

from relaxpen.method.estimators import GradientEstimate, Point
from relaxpen.method.problem import Batched


class TermHypergradients(NamedTuple):
    """Single terms of an upper objective F = (1/T) sum_t F_t and their derivatives."""

    gradients: Tensor  # (k, p) dF_t/dtheta
    values: Tensor  # (k,) F_t
    params: Tensor  # (k, ...) the lower-level parameters of each term


class SumOfTerms(Batched, Protocol):
    """A bilevel problem F = (1/T) sum_t F_t whose terms have lower levels of their own."""

    @property
    def num_terms(self) -> int:
        """T, or R T for R runs side by side."""
        ...

    @property
    def num_lower_steps(self) -> int:
        """The steps of one lower-level solve."""
        ...

    def initial_params(self) -> Tensor:
        """Return the cold start of every term (T, ...)."""
        ...

    def term_hypergradients(
        self, thetas: Tensor, terms: Tensor, starts: Tensor
    ) -> TermHypergradients:
        """Return terms (k,) at thetas (k, p), or (1, p) for one that is common to all."""
        ...


class Memory(NamedTuple):
    """What one run knows of its T terms. Rows are kept apart, so that a step replaces only its own."""

    starts: tuple[Tensor, ...]  # T times (...), lower-level parameters of the last look at a term
    gradients: tuple[Tensor, ...]  # T times (p,), g_t of the last look
    mean: Tensor  # (p,) mean of g_t

    def replace(self, terms: list[int], found: TermHypergradients, mean: Tensor) -> "Memory":
        """Return the memory after a look at some terms, the rows of found."""
        starts, gradients = list(self.starts), list(self.gradients)
        for term, start, gradient in zip(terms, found.params, found.gradients, strict=True):
            starts[term], gradients[term] = start, gradient
        return Memory(tuple(starts), tuple(gradients), mean)


def empty_memories(problem: SumOfTerms, theta: Tensor) -> tuple[Memory, ...]:
    """Return a memory of zeros for theta (p,), or one for each of R runs for theta (R, p)."""
    runs = theta.reshape(-1, theta.shape[-1])
    zero, cold = torch.zeros_like(runs[0]), problem.initial_params().chunk(len(runs))
    return tuple(Memory(part.unbind(), (zero,) * len(part), zero) for part in cold)


@dataclass(frozen=True)
class Saga:
    """The gradient of b terms drawn at random, corrected by the memory of all.

        g = (1/b) sum_{t in B} (dF_t - g_t) + mean,   then g_t <- dF_t for t in B,
        mean <- mean + (1/T) sum_{t in B} (dF_t - g_t)

    Unbiased, and exact where the memory is. The memory is in ``start`` of the point and in ``params``
    of the estimate; nothing is kept here. A gradient that is known, such as a penalty's, is added
    outside: in the table it would be that of an old theta.

    theta (R, p) is R runs side by side, each with a memory and draws of its own: run r has the terms
    r T to (r + 1) T - 1 of the problem. The value is the mean over what was drawn. Costs are counted
    in terms. A batch above T, or runs that do not divide the terms, raise ValueError.
    Source: Defazio, Bach, Lacoste-Julien (2014); the mean as corrected in docs/deviations.md.
    """

    batch_size: int = 1  # b

    def estimate(
        self, problem: SumOfTerms, point: Point[tuple[Memory, ...]], directions: Generator
    ) -> GradientEstimate[tuple[Memory, ...]]:
        """Return the estimate at a point whose start is a tuple of memories, one per run."""
        runs, memories = point.theta.reshape(-1, point.theta.shape[-1]), point.start
        drawn = self._draw(problem.num_terms, len(runs), directions)
        found = self._look(problem, runs, memories, drawn)
        shape = (len(runs), self.batch_size, -1)
        old = [
            memory.gradients[t] for memory, row in zip(memories, drawn, strict=True) for t in row
        ]
        differences = (found.gradients - torch.stack(old)).reshape(shape)
        means = torch.stack([memory.mean for memory in memories])
        moved = means + differences.sum(dim=1) * (len(runs) / problem.num_terms)
        parts = [TermHypergradients(*part) for part in zip(*_by_run(found, len(runs)), strict=True)]
        count = len(found.values)
        return GradientEstimate(
            gradient=(means + differences.mean(dim=1)).reshape(point.theta.shape),
            value=found.values.mean().item(),
            params=tuple(map(Memory.replace, memories, drawn, parts, moved)),
            num_values=count,
            num_solves=count,
            num_lower_steps=2 * count * problem.num_lower_steps,
            num_upper_gradients=count,
        )

    def _draw(self, num_terms: int, num_runs: int, generator: Generator) -> list[list[int]]:
        """Return b different terms of T for each run."""
        each, rest = divmod(num_terms, num_runs)
        if rest or self.batch_size > each:
            raise ValueError(
                f"batches of {self.batch_size} for {num_runs} runs over {num_terms} terms; "
                f"the terms must divide by the runs and be enough for a batch"
            )
        if self.batch_size == 1:
            return torch.randint(each, (num_runs, 1), generator=generator).tolist()
        orders = torch.rand(num_runs, each, generator=generator).argsort(dim=1)
        return orders[:, : self.batch_size].tolist()

    def _look(
        self,
        problem: SumOfTerms,
        runs: Tensor,
        memories: tuple[Memory, ...],
        drawn: list[list[int]],
    ) -> TermHypergradients:
        """Return the drawn terms, run by run, each begun where the last look at it ended."""
        each = problem.num_terms // len(runs)
        terms = torch.tensor([r * each + t for r, row in enumerate(drawn) for t in row])
        starts = [
            memory.starts[t] for memory, row in zip(memories, drawn, strict=True) for t in row
        ]
        thetas = runs if len(runs) == 1 else runs.repeat_interleave(self.batch_size, dim=0)
        return problem.term_hypergradients(thetas, terms, torch.stack(starts))


def _by_run(found: TermHypergradients, num_runs: int) -> list[tuple[Tensor, ...]]:
    """Return the gradients, the values and the parameters, each cut into the rows of every run."""
    return [part.chunk(num_runs) for part in found]
