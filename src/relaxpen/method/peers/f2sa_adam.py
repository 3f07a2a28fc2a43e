"""F2SA with Adam: the directions of F2SA, each taken through Adam's moments."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay, Work
from relaxpen.method.peers.f2sa import inner_gradients, outer_gradient


class Moments(NamedTuple):
    """Running means of a direction and of its square, and how many went in."""

    mean: Tensor  # (...)
    square: Tensor  # (...)
    number: int

    @classmethod
    def zero(cls, like: Tensor) -> "Moments":
        """Return the moments before the first direction."""
        return cls(torch.zeros_like(like), torch.zeros_like(like), 0)


class F2saAdamState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) z, tracks argmin g(x, .)
    pulled: Tensor  # (...) y, tracks argmin f(x, .) + lambda g(x, .)
    multiplier: float  # lambda
    moments: Moments  # of the direction of x
    work: Work


@dataclass(frozen=True)
class F2saAdam:
    """F2SA whose steps are Adam's; the moments of y and z start anew at every step, those of x stay.

        m_t = beta_1 m_{t-1} + (1 - beta_1) h_t,    v_t = beta_2 v_{t-1} + (1 - beta_2) h_t^2
        step = m_t / (1 - beta_1^t) / (sqrt(v_t / (1 - beta_2^t)) + epsilon),   t = 1, 2, ...

    Source: F2SA with Adam, Algorithms 1 and 3; its t counts from 0, where the correction divides by
    zero, and its epsilon stands under the root (docs/deviations.md).
    """

    draws: Draws
    plain: PowerDecay  # gamma_k, step size of z
    pulled: PowerDecay  # alpha_k, step size of y
    outer: PowerDecay  # xi alpha_k, step size of x
    num_inner: int  # T
    multiplier: float  # lambda_0
    growth: PowerDecay  # delta_k
    beta_1: float
    beta_2: float
    paired: bool = False  # one batch for both grad_x g (see F2sa)
    epsilon: float = 1e-8

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> F2saAdamState:
        """Return the state before the first step, at x (p,), both sequences at y (...)."""
        return F2saAdamState(x, y, y, self.multiplier, Moments.zero(x), Work())

    def step(
        self, problem: FirstOrderProblem, state: F2saAdamState, k: int, generator: Generator
    ) -> F2saAdamState:
        """Return the state after step k."""
        of_z = of_y = Moments.zero(state.params)
        for _ in range(self.num_inner):
            (plain, pulled), work = inner_gradients(problem, state, self.draws, generator)
            change_z, of_z = self._adam(of_z, plain)
            change_y, of_y = self._adam(of_y, pulled)
            state = state._replace(
                params=state.params - self.plain(k) * change_z,
                pulled=state.pulled - self.pulled(k) * change_y,
                work=work,
            )
        slope, work = outer_gradient(problem, state, self.draws, generator, self.paired)
        change, moments = self._adam(state.moments, slope)
        return state._replace(
            hyper=problem.project(state.hyper - self.outer(k) * change),
            multiplier=state.multiplier + self.growth(k),
            moments=moments,
            work=work,
        )

    def _adam(self, moments: Moments, direction: Tensor) -> tuple[Tensor, Moments]:
        mean = self.beta_1 * moments.mean + (1 - self.beta_1) * direction
        square = self.beta_2 * moments.square + (1 - self.beta_2) * direction.square()
        count = moments.number + 1
        root = (square / (1 - self.beta_2**count)).sqrt() + self.epsilon
        return mean / (1 - self.beta_1**count) / root, Moments(mean, square, count)
