"""Runs that distil data: the search, and what its samples are worth."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from relaxpen.experiment.build import torch_stream
from relaxpen.experiment.comparison.bench import Clock
from relaxpen.experiment.outcome import RunResult, Status
from relaxpen.experiment.penalized.load import Distilled
from relaxpen.experiment.penalized.outer import is_finite, relax_and_penalize, until_done
from relaxpen.experiment.penalized.settings import DistillationSettings, Projected
from relaxpen.method.budgeted_box import BudgetedBox
from relaxpen.method.estimators import ExactHypergradient
from relaxpen.method.masks import fractionality
from relaxpen.method.projected_gradient import ProjectedGradient, Projection
from relaxpen.method.schedules import Constant
from relaxpen.problems.distillation import DataDistillation
from relaxpen.problems.distillation_published import PublishedBudgetedBox, PublishedDistillation
from relaxpen.problems.regression import regression_metrics

Row = dict[str, Any]


def run_distillation(
    settings: DistillationSettings, data: Distilled, seed: int
) -> Iterator[RunResult]:
    """Run the method of the settings on samples, yielding the growing result, for progress."""
    problem = DataDistillation(data.train, data.validation, settings.ridge)
    if isinstance(settings.method, Projected):
        yield from _search(settings, settings.method, problem, data, seed)
        return
    weights, result = subset(settings, problem.num_hyper, seed), RunResult()
    result.masks = {"nearest": judge(problem, data, weights)}
    result.binary = {"nearest": weights} if settings.method.rule != "equal" else {}
    result.checks, result.counts, result.theta = {"finite": True}, {"steps": 0}, weights
    yield result


def _search(
    settings: DistillationSettings,
    method: Projected,
    problem: DataDistillation,
    data: Distilled,
    seed: int,
) -> Iterator[RunResult]:
    result, clock, size = RunResult(), Clock(torch.device("cpu")), problem.num_hyper
    budget = settings.num_kept
    weights = torch.full((size,), budget / size, dtype=torch.float64)
    boxes = {"exact": BudgetedBox, "published": PublishedBudgetedBox}
    box: Projection = boxes[method.projection](size, budget)
    seen = problem
    if method.gradient != "exact":
        divided = method.gradient == "sampled"
        seen = PublishedDistillation(problem, method.batch_size, divided)
    solver = ProjectedGradient(box, Constant(method.step_size))
    outer = relax_and_penalize(method, ExactHypergradient(), solver)
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    steps = until_done(outer.iterate(seen, weights, seen.initial_params(), *streams), method, size)
    number = 0
    while True:
        with clock:
            step = next(steps, None)
        if step is None:
            break
        if number % settings.measure_every == 0:
            result.trace.append({"step": number} | _row(step.theta, step.estimate.value))
            result.solver_s.append(clock.seconds)
            yield result
        weights, number = step.next_theta, number + 1
        if not is_finite(weights):
            result.status = Status.nonfinite
            break
    result.counts, result.theta = {"steps": number}, weights
    result.checks = {"finite": result.status is Status.finished}
    if result.status is Status.finished:
        result.binary = {
            "half": (weights > 0.5).double(),
            "top": BudgetedBox(size, budget).minimize(-weights),
        }
        every = {"relaxed": weights} | result.binary
        result.masks = {name: judge(problem, data, one) for name, one in every.items()}
    yield result


def subset(settings: DistillationSettings, size: int, seed: int) -> Tensor:
    """Return the weights (m,) of a method that does not optimise."""
    rule, budget = settings.method.rule, settings.num_kept
    if rule == "all":
        return torch.ones(size, dtype=torch.float64)
    if rule == "equal":
        return torch.full((size,), budget / size, dtype=torch.float64)
    chosen = torch.randperm(size, generator=torch_stream(seed, "subset"))[:budget]
    return torch.zeros(size, dtype=torch.float64).index_fill_(0, chosen, 1.0)


def judge(problem: DataDistillation, data: Distilled, weights: Tensor) -> Row:
    """Return the losses of the model of weights (m,); nan if it has no samples."""
    found: Row = {"mass": weights.sum().item(), "num_kept": int((weights > 0.5).sum())}
    if found["mass"] == 0:
        return found | dict.fromkeys(("value", "test_loss", "test_rmse"), math.nan)
    value, params = problem.evaluate(weights[None], problem.initial_params())
    loss, rmse = regression_metrics(params[0], data.test)
    return found | {"value": value.item(), "test_loss": loss, "test_rmse": rmse}


def _row(weights: Tensor, value: float) -> Row:
    return {"value": value, "fractionality": fractionality(weights), "mass": weights.sum().item()}
