"""Estimates of the gradient set beside the exact one, at one mask, and what each of them costs."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import torch
from torch import Generator, Tensor

from relaxpen.data.streams import torch_stream
from relaxpen.method.agreement import agreement
from relaxpen.method.directional import Differences, GuidedDirections
from relaxpen.method.estimators import (
    ExactHypergradient,
    GradientEstimate,
    GradientEstimator,
    Point,
)
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.oracles import UnitBox
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.schedules import Constant, HarmonicStepSize
from relaxpen.problems.metrics import ranking_auc
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.agreement.settings import Agreement, AgreementSettings
from relaxpen.tasks.cleaning.build import build_cleaning, build_estimator, build_lower, cost_of
from relaxpen.tasks.cleaning.estimators import Estimated, RelaxPenalize
from relaxpen.tasks.clock import Clock
from relaxpen.tasks.features import prepared
from relaxpen.tasks.task import Asked, Row

Streams = tuple[Generator, Generator]


def run_agreement(
    settings: AgreementSettings, instance: Instance, asked: Asked
) -> Iterator[RunResult]:
    """Run a measurement of estimates, yielding the growing result, for progress."""
    streams = (torch_stream(asked.seed, "directions"), torch_stream(asked.seed, "batches"))
    return measure_agreement(settings, settings.method, prepared(settings, instance), streams)


def measure_agreement(
    settings: AgreementSettings, method: Agreement, instance: Instance, streams: Streams
) -> Iterator[RunResult]:
    """Measure the estimates at one mask, yielding the growing result after each draw.

    The exact gradient is that of full batches from the same start: of an estimate from minibatches
    the noise of the batches is part of the error.
    """
    lower = build_lower(settings, method)
    full, problem = (
        build_cleaning(instance, one) for one in (replace(lower, batch_size=None), lower)
    )
    theta, start = _begin(settings, method, instance, full)
    exact = full.hypergradient(theta, start).gradient
    result, clock = RunResult(theta=theta), Clock(theta.device)
    for draw in range(method.num_draws):
        point = Point(theta, start, 0, problem.draw_batches(streams[1]))
        for strength in method.strengths if method.kind.pulls else [math.nan]:
            variant = _search_settings(method, strength)
            estimator = build_estimator(variant, problem.num_hyper)
            with clock:
                found = _estimates(estimator, problem, point, streams[0], method.num_directions)
            for count, estimate in found:
                row = {"draw": draw, "strength": strength, "num_directions": count}
                row |= {"num_solves": estimate.num_solves}
                row |= {"num_lower_steps": cost_of(variant, estimate, point, problem)}
                result.trace.append(row | _compare(estimate.gradient, exact, instance))
                result.solver_s.append(clock.seconds)
        yield result
    finite = all(math.isfinite(row["norm_ratio"]) for row in result.trace)
    result.status = Status.finished if finite else Status.nonfinite
    result.counts, result.checks = {"steps": len(result.trace)}, {"finite": finite}
    yield result


def _search_settings(method: Agreement, strength: float) -> RelaxPenalize:
    """Return the search whose estimates are measured, with the largest number of directions."""
    shared = method.model_dump(include=set(Estimated.model_fields) - {"name"})
    if not math.isnan(strength):
        shared["strength"] = strength
    return RelaxPenalize(**shared, num_directions=method.num_directions[-1])


def _estimates(
    estimator: GradientEstimator[PulledCleaning, Tensor],
    problem: PulledCleaning,
    point: Point[Tensor],
    directions: Generator,
    counts: list[int],
) -> list[tuple[float, GradientEstimate[Tensor]]]:
    """Return each number of directions, nan where there are none, and the estimate from them."""
    if isinstance(estimator, Differences | GuidedDirections):
        found = estimator.estimates(problem, point, directions, counts)
        return list(zip(counts, found, strict=True))
    return [(math.nan, estimator.estimate(problem, point, directions))]


def _compare(estimate: Tensor, exact: Tensor, instance: Instance) -> Row:
    """Return how an estimate (n,) agrees with the gradient (n,), and how both rank the labels."""
    clean = ~instance.changed
    aucs = {"auc": ranking_auc(-estimate, clean), "exact_auc": ranking_auc(-exact, clean)}
    return agreement(estimate, exact)._asdict() | aucs


def _begin(
    settings: AgreementSettings, method: Agreement, instance: Instance, full: PulledCleaning
) -> tuple[Tensor, Tensor]:
    """Return the mask (n,) at which is measured, and the parameters (classes, d) where solves begin.

    Frank-Wolfe steps with the exact gradient and no penalty lead there from the uniform mask and a
    cold start, each lower level going on where the last one ended; then the lower level is trained on.
    """
    start = full.initial_params()
    theta = torch.full((full.num_hyper,), settings.initial_weight, dtype=torch.float64)
    theta = theta.to(start.device)
    search = RelaxAndPenalize(
        estimator=ExactHypergradient(),
        solver=FrankWolfe(UnitBox(), HarmonicStepSize(), Constant(1.0)),
        epsilon=Constant(math.inf),
        steps_per_round=max(1, method.num_exact_steps),
    )
    steps = search.iterate(full, theta, start, Generator(), Generator())
    for step in islice(steps, method.num_exact_steps):
        theta, start = step.next_theta, step.estimate.params
    longer = build_cleaning(instance, replace(full.lower, num_steps=method.warm_steps))
    return theta, longer.evaluate(theta[None], start).params[0]
