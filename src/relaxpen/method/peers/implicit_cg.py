"""Implicit differentiation: gradient steps on the lower level, conjugate gradients for its inverse."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.first_order import FirstOrderProblem, PowerDecay, Work

ALL = slice(None)


class ImplicitState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    adjoint: Tensor  # (...) q, about H^-1 grad_y f
    work: Work


@dataclass(frozen=True)
class ImplicitCg:
    """T gradient steps on y, at most Q steps of conjugate gradients on H q = grad_y f, a step on x.

        y <- y - eta grad_y g                                T times, full gradients
        x <- x - gamma_k (grad_x f - d_xy g q)

    Both are warm-started. Source: Pedregosa (2016), Algorithm 1.
    """

    inner: float  # eta, step size of y
    outer: PowerDecay  # gamma_k, step size of x
    num_inner: int  # T
    num_conjugate: int  # Q
    tolerance: float = 1e-10  # of the squared residual, relative to |grad_y f|^2

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> ImplicitState:
        """Return the state before the first step, at x (p,) and y (...), q = 0."""
        return ImplicitState(x, y, torch.zeros_like(y), Work())

    def step(
        self, problem: FirstOrderProblem, state: ImplicitState, k: int, generator: Generator
    ) -> ImplicitState:
        """Return the state after step k; nothing here is random."""
        del generator
        x, y = state.hyper, state.params
        for _ in range(self.num_inner):
            y = y - self.inner * problem.lower_gradient(x, y, ALL)
        above = problem.upper_gradients(x, y, ALL)
        adjoint, num_products = self._solve(problem, x, y, above.params, state.adjoint)
        cross = problem.lower_curvature(x, y, adjoint, ALL).cross
        sweeps = self.num_inner + num_products + 1
        work = state.work.plus(sweeps * problem.num_lower_samples, problem.num_upper_samples)
        hyper = problem.project(x - self.outer(k) * (above.hyper - cross))
        return ImplicitState(hyper, y, adjoint, work)

    def _solve(
        self, problem: FirstOrderProblem, x: Tensor, y: Tensor, target: Tensor, start: Tensor
    ) -> tuple[Tensor, int]:
        """Return q (...) with H q about target, by conjugate gradients, and the products it took."""

        def times(vector: Tensor) -> Tensor:
            return problem.lower_curvature(x, y, vector, ALL).hessian

        solution, residual = start, target - times(start)
        direction, size = residual, _dot(residual, residual)
        smallest = self.tolerance * _dot(target, target)
        num_products = 1
        while num_products <= self.num_conjugate and size > smallest:
            image = times(direction)
            step = size / _dot(direction, image)
            solution, residual = solution + step * direction, residual - step * image
            size, before = _dot(residual, residual), size
            direction = residual + size / before * direction
            num_products += 1
        return solution, num_products


def _dot(a: Tensor, b: Tensor) -> float:
    return (a * b).sum(dtype=torch.float64).item()
