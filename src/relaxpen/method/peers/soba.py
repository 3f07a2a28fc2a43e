"""SOBA: one loop, three sequences, a stochastic step of each at a time."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay, Work


class SobaState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    adjoint: Tensor  # (...) v, tracks -H^-1 grad_y f
    work: Work


@dataclass(frozen=True)
class Soba:
    """Stochastic steps on y, on the linear system of the adjoint v, and on x, all at the same point.

        y <- y - rho_k grad_y g
        v <- v - rho_k (d_yy g v + grad_y f)
        x <- x - gamma_k (d_xy g v + grad_x f)

    Source: Dagreou, Ablin, Vaiter, Moreau (2022), Algorithm 1 with the SOBA directions; v has their
    sign, so that both terms of the step on x are added.
    """

    draws: Draws
    inner: PowerDecay  # rho_k, step size of y and v
    outer: PowerDecay  # gamma_k, step size of x

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> SobaState:
        """Return the state before the first step, at x (p,) and y (...), v = 0."""
        return SobaState(x, y, torch.zeros_like(y), Work())

    def step(
        self, problem: FirstOrderProblem, state: SobaState, k: int, generator: Generator
    ) -> SobaState:
        """Return the state after step k."""
        x, y, v, work = state
        lower, upper = self.draws.lower_rows(generator), self.draws.upper_rows(generator)
        below = problem.lower_products(x, y, v, lower)
        above = problem.upper_gradients(x, y, upper)
        rho = self.inner(k)
        return SobaState(
            hyper=problem.project(x - self.outer(k) * (below.cross + above.hyper)),
            params=y - rho * below.gradient,
            adjoint=v - rho * (below.hessian + above.params),
            work=work.plus(2 * (lower.stop - lower.start), upper.stop - upper.start),
        )
