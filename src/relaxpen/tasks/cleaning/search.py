"""The searches that clean labels: each runs until its budget of gradients is spent."""

import math
from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from relaxpen.method.estimators import Point
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.problems.weighted import Clipped, Sigmoid, WeightedCleaning, WeightLaw
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.cleaning.build import (
    affordable,
    build_cleaning,
    build_estimator,
    build_lower,
    build_search,
    cost_of,
)
from relaxpen.tasks.cleaning.estimators import RelaxPenalize
from relaxpen.tasks.cleaning.measure import Measurements
from relaxpen.tasks.cleaning.settings import CleaningSettings
from relaxpen.tasks.clock import Clock, checkpoints
from relaxpen.tasks.peers.follow import follow
from relaxpen.tasks.peers.peer_settings import PeerSettings

Streams = tuple[Generator, Generator]


def search_weights(
    settings: CleaningSettings, method: PeerSettings, instance: Instance, streams: Streams
) -> Iterator[RunResult]:
    """Clean labels by the method of another paper, yielding the growing result at each checkpoint."""
    law: WeightLaw = Sigmoid() if method.weights == "sigmoid" else Clipped()
    problem = WeightedCleaning(
        instance.train, instance.validation, instance.num_classes, settings.lower.ridge, law
    )
    measured = Measurements(settings, instance, problem.restrict)
    start = problem.initial_hyper(settings.initial_weight)
    return follow(settings, method, problem, start, measured, streams[1], law.weight)


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
