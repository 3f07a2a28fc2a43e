"""RMD: full gradient steps on the lower level, differentiated backwards, then a step on x."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Generator, Tensor

from relaxpen.method.first_order import FirstOrderProblem, PowerDecay, Work

ALL = slice(None)


class ReverseState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    work: Work


@dataclass(frozen=True)
class ReverseMode:
    """T gradient steps y_{t+1} = y_t - eta grad_y g(x, y_t), warm, and the derivative of f(x, y_T).

        alpha = grad_y f(y_T),  h = grad_x f
        t = T - 1, ..., 0:  h -= eta d_xy g(y_t) alpha,  alpha -= eta d_yy g(y_t) alpha
        x <- x - gamma_k h

    Source: Franceschi, Donini, Frasconi, Pontil (2017), Algorithm 1.
    """

    inner: float  # eta, step size of y
    outer: PowerDecay  # gamma_k, step size of x
    num_inner: int  # T

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> ReverseState:
        """Return the state before the first step, at x (p,) and y (...)."""
        return ReverseState(x, y, Work())

    def step(
        self, problem: FirstOrderProblem, state: ReverseState, k: int, generator: Generator
    ) -> ReverseState:
        """Return the state after step k; nothing here is random."""
        del generator
        x = state.hyper
        slope, params = self.hypergradient(problem, x, state.params)
        work = state.work.plus(
            2 * self.num_inner * problem.num_lower_samples, problem.num_upper_samples
        )
        return ReverseState(problem.project(x - self.outer(k) * slope), params, work)

    def hypergradient(
        self, problem: FirstOrderProblem, x: Tensor, y: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the derivative of f(x, y_T) with respect to x (p,), and y_T (...)."""
        points = [y]
        for _ in range(self.num_inner):
            points.append(points[-1] - self.inner * problem.lower_gradient(x, points[-1], ALL))
        slope, adjoint = problem.upper_gradients(x, points[-1], ALL)
        for point in reversed(points[:-1]):
            hessian, cross = problem.lower_curvature(x, point, adjoint, ALL)
            slope = slope - self.inner * cross
            adjoint = adjoint - self.inner * hessian
        return slope, points[-1]
