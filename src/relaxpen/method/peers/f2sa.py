"""F2SA: a fully first-order method; two lower-level sequences and a growing multiplier."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Generator, Tensor

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay, Work


class Sequences(Protocol):
    """What F2SA and its variants have in common: the point at which gradients are taken."""

    @property
    def hyper(self) -> Tensor: ...
    @property
    def params(self) -> Tensor: ...
    @property
    def pulled(self) -> Tensor: ...
    @property
    def multiplier(self) -> float: ...
    @property
    def work(self) -> Work: ...


class F2saState(NamedTuple):
    """All that changes from one step to the next."""

    hyper: Tensor  # (p,) x
    params: Tensor  # (...) z, tracks argmin g(x, .)
    pulled: Tensor  # (...) y, tracks argmin f(x, .) + lambda g(x, .)
    multiplier: float  # lambda
    work: Work


@dataclass(frozen=True)
class F2sa:
    """T SGD steps on z and on y, then one on x.

        z <- z - gamma_k grad_y g(x, z)                                     T times
        y <- y - alpha_k (grad_y f(x, y) + lambda_k grad_y g(x, y))         T times
        x <- x - xi alpha_k (grad_x f(x, y) + lambda_k (grad_x g(x, y) - grad_x g(x, z)))
        lambda_{k+1} = lambda_k + delta_k

    Every gradient has a batch of its own, unless ``paired``: then the two of grad_x g in a step on x
    share one. Where x has an entry per sample, two batches move different entries, each by a whole
    grad_x g; with one batch every entry that moves gets the difference, which is what matters.
    Source: Kwon, Kwon, Wright, Nowak (2023), Algorithm 1; F2SA with Adam, Algorithm 2, with z_{k,t}
    in line 119 and grad_x g in line 123 of its text. Pairing is ours.
    """

    draws: Draws
    plain: PowerDecay  # gamma_k, step size of z
    pulled: PowerDecay  # alpha_k, step size of y
    outer: PowerDecay  # xi alpha_k, step size of x
    num_inner: int  # T
    multiplier: float  # lambda_0
    growth: PowerDecay  # delta_k
    paired: bool = False  # one batch for both grad_x g

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> F2saState:
        """Return the state before the first step, at x (p,), both sequences at y (...)."""
        return F2saState(x, y, y, self.multiplier, Work())

    def step(
        self, problem: FirstOrderProblem, state: F2saState, k: int, generator: Generator
    ) -> F2saState:
        """Return the state after step k."""
        for _ in range(self.num_inner):
            (plain, pulled), work = inner_gradients(problem, state, self.draws, generator)
            state = state._replace(
                params=state.params - self.plain(k) * plain,
                pulled=state.pulled - self.pulled(k) * pulled,
                work=work,
            )
        slope, work = outer_gradient(problem, state, self.draws, generator, self.paired)
        return state._replace(
            hyper=problem.project(state.hyper - self.outer(k) * slope),
            multiplier=state.multiplier + self.growth(k),
            work=work,
        )


def inner_gradients(
    problem: FirstOrderProblem, state: Sequences, draws: Draws, generator: Generator
) -> tuple[tuple[Tensor, Tensor], Work]:
    """Return the directions of z and y (...), stochastic, and the work after them."""
    first, second = draws.lower_rows(generator), draws.lower_rows(generator)
    upper = draws.upper_rows(generator)
    plain = problem.lower_gradient(state.hyper, state.params, first)
    pulled = problem.lower_gradient(state.hyper, state.pulled, second)
    above = problem.upper_gradients(state.hyper, state.pulled, upper).params
    samples = first.stop - first.start + second.stop - second.start
    work = state.work.plus(samples, upper.stop - upper.start)
    return (plain, above + state.multiplier * pulled), work


def outer_gradient(
    problem: FirstOrderProblem,
    state: Sequences,
    draws: Draws,
    generator: Generator,
    paired: bool,
) -> tuple[Tensor, Work]:
    """Return the direction of x (p,), stochastic, and the work after it."""
    first = draws.lower_rows(generator)
    second = first if paired else draws.lower_rows(generator)
    upper = draws.upper_rows(generator)
    at_pulled = problem.lower_hyper_gradient(state.hyper, state.pulled, first)
    at_plain = problem.lower_hyper_gradient(state.hyper, state.params, second)
    above = problem.upper_gradients(state.hyper, state.pulled, upper).hyper
    samples = first.stop - first.start + second.stop - second.start
    work = state.work.plus(samples / 2, upper.stop - upper.start)
    return above + state.multiplier * (at_pulled - at_plain), work
