"""SABA: SOBA with a memory of the last directions of every batch (SAGA)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.first_order import Batches, Draws, FirstOrderProblem, PowerDecay, Work


class Memory(NamedTuple):
    """The last value of a quantity on each batch, and their mean weighted by batch size."""

    values: Tensor  # (batches, ...)
    mean: Tensor  # (...)


class SabaState(NamedTuple):
    """All that changes from one step to the next; memories are replaced, never read again."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) y
    adjoint: Tensor  # (...) v, tracks -H^-1 grad_y f
    gradient: Memory  # grad_y g by lower batch
    hessian: Memory  # d_yy g v by lower batch
    cross: Memory  # d_xy g v by lower batch
    above: Memory  # grad_y f by upper batch
    above_hyper: Memory  # grad_x f by upper batch
    work: Work


@dataclass(frozen=True)
class Saba:
    """The directions of SOBA, each replaced by new - old + mean of its batches' last values.

        D = h_i(now) - memory_i + sum_j (|B_j| / n) memory_j,   memory_i <- h_i(now)

    Memories start at zero. A step updates them in place: a state may be stepped from once.
    Source: Dagreou, Ablin, Vaiter, Moreau (2022), SABA; SAGA of Defazio, Bach, Lacoste-Julien (2014).
    """

    draws: Draws
    inner: PowerDecay  # rho_k, step size of y and v
    outer: PowerDecay  # gamma_k, step size of x

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> SabaState:
        """Return the state before the first step, at x (p,) and y (...), v = 0."""
        below, above = self.draws.lower.count, self.draws.upper.count
        return SabaState(
            x,
            y,
            torch.zeros_like(y),
            _empty(below, y),
            _empty(below, y),
            _empty(below, x),
            _empty(above, y),
            _empty(above, x),
            Work(),
        )

    def step(
        self, problem: FirstOrderProblem, state: SabaState, k: int, generator: Generator
    ) -> SabaState:
        """Return the state after step k."""
        x, y, v = state[:3]
        i, j = self.draws.lower.draw(generator), self.draws.upper.draw(generator)
        lower, upper = self.draws.lower.rows(i), self.draws.upper.rows(j)
        below = problem.lower_products(x, y, v, lower)
        above = problem.upper_gradients(x, y, upper)
        lower_batches, upper_batches = self.draws.lower, self.draws.upper
        gradient, memory_gradient = _saga(state.gradient, below.gradient, i, lower_batches)
        hessian, memory_hessian = _saga(state.hessian, below.hessian, i, lower_batches)
        cross, memory_cross = _saga(state.cross, below.cross, i, lower_batches)
        slope, memory_above = _saga(state.above, above.params, j, upper_batches)
        hyper, memory_hyper = _saga(state.above_hyper, above.hyper, j, upper_batches)
        rho = self.inner(k)
        return SabaState(
            problem.project(x - self.outer(k) * (cross + hyper)),
            y - rho * gradient,
            v - rho * (hessian + slope),
            memory_gradient,
            memory_hessian,
            memory_cross,
            memory_above,
            memory_hyper,
            state.work.plus(2 * (lower.stop - lower.start), upper.stop - upper.start),
        )


def _empty(count: int, like: Tensor) -> Memory:
    return Memory(like.new_zeros(count, *like.shape), torch.zeros_like(like))


def _saga(memory: Memory, new: Tensor, index: int, batches: Batches) -> tuple[Tensor, Memory]:
    change = new - memory.values[index]
    direction = change + memory.mean
    memory.values[index] = new
    return direction, Memory(memory.values, memory.mean + batches.share(index) * change)
