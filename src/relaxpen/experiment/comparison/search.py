"""The searches of a comparison: each runs until its budget of gradients is spent."""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Generator, Tensor

from relaxpen.experiment.comparison.bench import Clock, Measurements, checkpoints
from relaxpen.experiment.comparison.build import (
    affordable,
    build_cleaning,
    build_estimator,
    build_law,
    build_lower,
    build_peer,
    build_search,
    cost_of,
)
from relaxpen.experiment.comparison.estimator_settings import RelaxPenalize
from relaxpen.experiment.comparison.methods import Weighted
from relaxpen.experiment.comparison.settings import CleaningSettings, ComparisonSettings
from relaxpen.experiment.outcome import RunResult
from relaxpen.method.estimators import Point
from relaxpen.method.first_order import FirstOrderProblem
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.problems.weighted import WeightedCleaning

Streams = tuple[Generator, Generator]


class Measured(Protocol):
    """What is measured of a search, and what becomes of it."""

    @property
    def result(self) -> RunResult:
        """Return what was measured so far; it grows."""
        ...

    def add(self, hyper: Tensor, params: Tensor, cost: float, seconds: float, steps: int) -> bool:
        """Measure one checkpoint; return whether its numbers are finite."""
        ...

    def conclude(self, steps: int) -> None:
        """Judge the end."""
        ...


def search_weights(
    settings: CleaningSettings, method: Weighted, instance: Instance, streams: Streams
) -> Iterator[RunResult]:
    """Clean labels by the method of another paper, yielding the growing result at each checkpoint."""
    law = build_law(method)
    problem = WeightedCleaning(
        instance.train, instance.validation, instance.num_classes, settings.lower.ridge, law
    )
    measured = Measurements(settings, instance, problem.restrict)
    start = problem.initial_hyper(settings.initial_weight)
    return follow(settings, problem, start, measured, streams[1], law.weight)


def follow(
    settings: ComparisonSettings,
    problem: FirstOrderProblem,
    start: Tensor,
    measured: Measured,
    stream: Generator,
    seen: Callable[[Tensor], Tensor] = lambda x: x,
) -> Iterator[RunResult]:
    """Run the method of another paper from x = ``start`` (p,) until its budget is spent.

    Yields the growing result at each checkpoint; ``seen`` is what is measured of x.
    """
    peer = build_peer(settings.method, problem)
    state = peer.init(problem, start, problem.initial_params())
    clock = Clock(start.device)
    steps = 0
    for cost in checkpoints(settings.budget, settings.measure):
        with clock:
            while state.work.total < cost * problem.num_lower_samples:
                state = peer.step(problem, state, steps, stream)
                steps += 1
        spent = state.work.total / problem.num_lower_samples
        if not measured.add(seen(state.hyper), state.params, spent, clock.seconds, steps):
            break
        yield measured.result
    measured.conclude(steps)
    yield measured.result


def search_mask(
    settings: CleaningSettings, method: RelaxPenalize, instance: Instance, streams: Streams
) -> Iterator[RunResult]:
    """Run relax and penalize, yielding the growing result at each checkpoint."""
    problem = build_cleaning(instance, build_lower(settings, method))
    theta = torch.full((problem.num_hyper,), settings.initial_weight, dtype=torch.float64)
    theta = theta.to(instance.train.features.device)
    cost = _cost_of_step(method, problem, theta)
    search = build_search(method, problem.num_hyper, settings.budget, cost)
    num_steps = affordable(settings.budget, cost)  # fewer than there are rounds: no last ones
    wanted = {
        min(num_steps, math.ceil(spent / cost))
        for spent in checkpoints(settings.budget, settings.measure)
    }
    measured = Measurements(settings, instance, problem.restrict)
    clock = Clock(theta.device)
    iterates = search.iterate(problem, theta, problem.initial_params(), *streams)
    for steps in range(1, num_steps + 1):
        with clock:
            iterate = next(iterates)
        if steps not in wanted | {num_steps}:
            continue
        params = iterate.estimate.params
        if not measured.add(iterate.next_theta, params, steps * cost, clock.seconds, steps):
            break
        yield measured.result
    measured.conclude(steps)
    yield measured.result


def _cost_of_step(method: RelaxPenalize, problem: PulledCleaning, theta: Tensor) -> float:
    """Return what one estimate costs, in lower-level gradients over all samples."""
    stream = torch.Generator()
    point = Point(theta, problem.initial_params(), 0, problem.draw_batches(stream))
    estimator = build_estimator(method, problem.num_hyper)
    return cost_of(method, estimator.estimate(problem, point, stream), point, problem)
