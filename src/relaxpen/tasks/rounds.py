"""The outer loop of searches in rounds, until the mask is binary."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch

from relaxpen.method.estimators import GradientEstimator, Params
from relaxpen.method.masks import fractionality
from relaxpen.method.problem import Problem
from relaxpen.method.relax_penalize import Iterate, RelaxAndPenalize, Solver
from relaxpen.method.schedules import Constant, GeometricDecay
from relaxpen.method.stages import Stages
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.clock import Clock
from relaxpen.tasks.rounds_settings import Rounds
from relaxpen.tasks.task import Row


def relax_and_penalize(
    method: Rounds,
    estimator: GradientEstimator[Problem, Params],
    solver: Solver[Any],
    **more: Any,
) -> RelaxAndPenalize[Problem, Params]:
    """Return the outer method, eps = inf in every round if nothing is penalized."""
    decay = GeometricDecay(method.epsilon_initial, method.epsilon_decay)
    epsilon = Stages(decay, tuple(method.stages)) if method.penalized else Constant(math.inf)
    return RelaxAndPenalize(estimator, solver, epsilon, method.steps_per_round, **more)


def until_done(
    steps: Iterator[Iterate[Params]], method: Rounds, num_entries: int
) -> Iterator[Iterate[Params]]:
    """Yield steps until a published round ends with the first entries binary, or the last one ends.

    Without a penalty all rounds are taken.
    """
    stages = method.stages
    for step in steps:
        yield step
        if step.step < method.steps_per_round - 1:
            continue
        if step.round == len(stages) - 1:
            return
        closes = stages[step.round + 1] > stages[step.round]
        mask = step.next_theta[..., :num_entries]
        if method.penalized and closes and fractionality(mask) < method.tolerance:
            return


def follow(
    steps: Iterator[Iterate[Params]],
    result: RunResult,
    every: int,
    measure: Callable[[Iterate[Params]], Row],
) -> Iterator[RunResult]:
    """Take steps into a result, the last iterate as its theta, and yield it whenever it grows.

    After every so many steps ``measure`` says what stands in the trace, outside the clock. A search
    ends at the first iterate that is not finite.
    """
    clock, number = Clock(torch.device("cpu")), 0
    while True:
        with clock:
            step = next(steps, None)
        if step is None:
            break
        number, result.theta = number + 1, step.next_theta
        if not result.theta.isfinite().all():
            result.status = Status.nonfinite
            break
        if number % every == 0:
            result.trace.append({"step": number} | measure(step))
            result.solver_s.append(clock.seconds)
            yield result
    result.counts = {"steps": number}
    result.checks = {"finite": result.status is Status.finished}


def finite_or_none(epsilon: float) -> float | None:
    """Return eps as records hold it: None where there is no penalty."""
    return epsilon if math.isfinite(epsilon) else None
