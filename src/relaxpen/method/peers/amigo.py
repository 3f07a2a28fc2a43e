"""AmIGO: inner SGD on y, then on the linear system of the adjoint, both warm, then a step on x."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay, Work


class AmigoState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    adjoint: Tensor  # (...) v, tracks H^-1 grad_y f
    work: Work


@dataclass(frozen=True)
class Amigo:
    """T SGD steps on y, T on min_v v'Hv / 2 - v'grad_y f, a step on x.

        y <- y - rho_k grad_y g                       T times
        v <- v - rho_k (d_yy g v - grad_y f)          T times, grad_y f from one batch
        x <- x - gamma_k (grad_x f - d_xy g v)

    Source: Arbel, Mairal (2022), Algorithm 1.
    """

    draws: Draws
    inner: PowerDecay  # rho_k, step size of y and v
    outer: PowerDecay  # gamma_k, step size of x
    num_inner: int  # T, steps on y and steps on v

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> AmigoState:
        """Return the state before the first step, at x (p,) and y (...), v = 0."""
        return AmigoState(x, y, torch.zeros_like(y), Work())

    def step(
        self, problem: FirstOrderProblem, state: AmigoState, k: int, generator: Generator
    ) -> AmigoState:
        """Return the state after step k."""
        x, y, v, work = state
        rho = self.inner(k)
        for _ in range(self.num_inner):
            rows = self.draws.lower_rows(generator)
            y = y - rho * problem.lower_gradient(x, y, rows)
            work = work.plus(rows.stop - rows.start)
        upper = self.draws.upper_rows(generator)
        above = problem.upper_gradients(x, y, upper)
        for _ in range(self.num_inner):
            rows = self.draws.lower_rows(generator)
            v = v - rho * (problem.lower_curvature(x, y, v, rows).hessian - above.params)
            work = work.plus(rows.stop - rows.start)
        rows = self.draws.lower_rows(generator)
        cross = problem.lower_curvature(x, y, v, rows).cross
        return AmigoState(
            hyper=problem.project(x - self.outer(k) * (above.hyper - cross)),
            params=y,
            adjoint=v,
            work=work.plus(rows.stop - rows.start, upper.stop - upper.start),
        )
