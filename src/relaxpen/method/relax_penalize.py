"""Relax and penalize: rounds of Frank-Wolfe steps under a penalty that grows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import torch
from torch import Generator, Tensor

from relaxpen.method import penalty
from relaxpen.method.estimators import GradientEstimate, GradientEstimator, Params, Point
from relaxpen.method.masks import fractionality
from relaxpen.method.problem import Problem
from relaxpen.method.schedules import Schedule


class SolverState(Protocol):
    """What a solver shows of what changes from one step to the next."""

    @property
    def theta(self) -> Tensor:
        """The iterate (p,), feasible."""
        ...

    @property
    def gap(self) -> float:
        """The gap of the step that led here; nan before the first."""
        ...


State = TypeVar("State", bound=SolverState)


class Solver(Protocol[State]):
    """A way to step along an estimate of the gradient, such as Frank-Wolfe."""

    def init(self, theta: Tensor) -> State:
        """Return the state before the first step."""
        ...

    def step(self, state: State, step: int, estimate: Tensor, known: Tensor) -> State:
        """Return the state after a step, given the estimate (p,) and a gradient known exactly."""
        ...


class Iterate(NamedTuple, Generic[Params]):
    """One Frank-Wolfe step: where it was taken, what was seen there, where it led."""

    round: int  # k, from 0
    step: int  # j within the round, from 0
    epsilon: float  # eps^k
    theta: Tensor  # (p,) theta_j^k
    estimate: GradientEstimate[Params]  # F and w_T at theta_j^k, and the cost of the step
    gap: float  # Frank-Wolfe gap of the estimate at theta_j^k
    next_theta: Tensor  # (p,) theta_{j+1}^k


@dataclass(frozen=True)
class RelaxAndPenalize(Generic[Problem, Params]):
    """Minimise F(w_T(theta)) + (1/eps^k) sum_i theta_i (1 - theta_i), eps^k shrinking.

    Each round k takes J Frank-Wolfe steps; the step counter j starts again at each round, while the
    mask, the average and the lower-level parameters carry on. With eps = inf it is the relaxation.
    Source: thesis, Algorithm 3.2; Relax and penalize, Algorithm 1.
    """

    estimator: GradientEstimator[Problem, Params]
    solver: Solver[Any]  # what its state holds is its own affair
    epsilon: Schedule  # eps^k, by round
    steps_per_round: int  # J
    penalty_gradient: Callable[[Tensor, float], Tensor] = penalty.gradient
    average_penalty: bool = (
        False  # True: the penalty's gradient goes through the average, as printed
    )

    def iterate(
        self,
        problem: Problem,
        theta: Tensor,
        start: Params,
        directions: Generator,
        batches: Generator,
    ) -> Iterator[Iterate[Params]]:
        """Yield steps without end from the mask theta (p,) and the lower-level parameters start (...).

        ``directions`` and ``batches`` are CPU generators, one stream each. The caller stops.
        """
        state: SolverState = self.solver.init(theta)
        for round_ in count():
            epsilon = self.epsilon(round_)
            for step in range(self.steps_per_round):
                here = state.theta
                point = Point(here, start, step, problem.draw_batches(batches))
                estimate = self.estimator.estimate(problem, point, directions)
                gradient, known = estimate.gradient, self.penalty_gradient(here, epsilon)
                if self.average_penalty:
                    gradient, known = gradient + known, torch.zeros_like(known)
                state = self.solver.step(state, step, gradient, known)
                start = estimate.params
                yield Iterate(round_, step, epsilon, here, estimate, state.gap, state.theta)


def until_binary(
    iterates: Iterable[Iterate[Params]], steps_per_round: int, max_rounds: int, tolerance: float
) -> Iterator[Iterate[Params]]:
    """Pass iterates on until a round ends with fractionality below tolerance, or after max_rounds.

    Source: thesis, Algorithm 3.2, the test after the inner loop; the tolerance replaces exact
    binarity, which no finite number of these steps reaches (docs/deviations.md).
    """
    for iterate in iterates:
        yield iterate
        closes_round = iterate.step == steps_per_round - 1
        last_round = iterate.round == max_rounds - 1
        if closes_round and (last_round or fractionality(iterate.next_theta) < tolerance):
            return
