"""StocBiO: inner SGD, a Neumann series for the inverse Hessian, one step on x."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Generator, Tensor

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay, Work


class StocBioState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    work: Work


@dataclass(frozen=True)
class StocBio:
    """T SGD steps on y, Q terms of a Neumann series, a step on x.

        y <- y - rho_k grad_y g                                    T times
        u_0 = grad_y f,  u_{q+1} = u_q - eta d_yy g u_q,  p = eta sum_{q<=Q} u_q
        x <- x - gamma_k (grad_x f - d_xy g p)

    p approximates H^-1 grad_y f if eta is below 1 / |H|. Warm-started in y.
    Source: Ji, Yang, Liang (2021), Algorithm 2.
    """

    draws: Draws
    inner: PowerDecay  # rho_k, step size of y
    outer: PowerDecay  # gamma_k, step size of x
    num_inner: int  # T
    num_terms: int  # Q
    neumann_step: float  # eta

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> StocBioState:
        """Return the state before the first step, at x (p,) and y (...)."""
        return StocBioState(x, y, Work())

    def step(
        self, problem: FirstOrderProblem, state: StocBioState, k: int, generator: Generator
    ) -> StocBioState:
        """Return the state after step k."""
        x, y, work = state
        for _ in range(self.num_inner):
            rows = self.draws.lower_rows(generator)
            y = y - self.inner(k) * problem.lower_gradient(x, y, rows)
            work = work.plus(rows.stop - rows.start)
        upper = self.draws.upper_rows(generator)
        above = problem.upper_gradients(x, y, upper)
        term, total = above.params, above.params
        for _ in range(self.num_terms):
            rows = self.draws.lower_rows(generator)
            hessian = problem.lower_curvature(x, y, term, rows).hessian
            term = term - self.neumann_step * hessian
            total = total + term
            work = work.plus(rows.stop - rows.start)
        rows = self.draws.lower_rows(generator)
        cross = problem.lower_curvature(x, y, self.neumann_step * total, rows).cross
        return StocBioState(
            hyper=problem.project(x - self.outer(k) * (above.hyper - cross)),
            params=y,
            work=work.plus(rows.stop - rows.start, upper.stop - upper.start),
        )
