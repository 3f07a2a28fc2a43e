"""Runs that distil data: the search, and what its samples are worth."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from relaxpen.data.streams import torch_stream
from relaxpen.inputs.errors import SettingsError
from relaxpen.method.budgeted_box import BudgetedBox
from relaxpen.method.estimators import ExactHypergradient
from relaxpen.method.masks import fractionality
from relaxpen.method.problem import BilevelProblem
from relaxpen.method.projected_gradient import ProjectedGradient, Projection
from relaxpen.method.relax_penalize import Iterate
from relaxpen.method.schedules import Constant
from relaxpen.problems.distillation import DataDistillation
from relaxpen.problems.distillation_published import PublishedBudgetedBox, PublishedDistillation
from relaxpen.problems.regression import regression_metrics
from relaxpen.problems.weighted_ridge import NotDeterminedError
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.distillation.load import Distilled
from relaxpen.tasks.distillation.settings import DistillationSettings, Projected, Subset
from relaxpen.tasks.rounds import finite_or_none, follow, relax_and_penalize, until_done
from relaxpen.tasks.task import Asked, Row

BOXES: dict[str, Callable[[int, int], Projection]] = {
    "exact": BudgetedBox,
    "published": PublishedBudgetedBox,
}


def run_distillation(
    settings: DistillationSettings, data: Distilled, asked: Asked
) -> Iterator[RunResult]:
    """Run the method of the settings on samples, yielding the growing result, for progress.

    Raises SettingsError if there is no ridge and the samples do not do without.
    """
    try:
        yield from _distil(settings, data, asked.seed)
    except NotDeterminedError as error:
        raise SettingsError(f"ridge: {error}") from None


def _distil(settings: DistillationSettings, data: Distilled, seed: int) -> Iterator[RunResult]:
    problem = DataDistillation(data.train, data.validation, settings.ridge)
    if isinstance(settings.method, Projected):
        yield from _search(settings, settings.method, problem, data, seed)
        return
    weights, result = subset(settings, settings.method, problem.num_hyper, seed), RunResult()
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
    result, size, budget = RunResult(), problem.num_hyper, settings.num_kept
    box: Projection = BOXES[method.projection](size, budget)
    seen: BilevelProblem = problem
    if method.gradient != "exact":
        seen = PublishedDistillation(problem, method.batch_size, method.gradient == "sampled")
    solver = ProjectedGradient(box, Constant(method.step_size))
    outer = relax_and_penalize(method, ExactHypergradient(), solver)
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    weights = torch.full((size,), budget / size, dtype=torch.float64)
    steps = outer.iterate(seen, weights, seen.initial_params(), *streams)

    def measure(step: Iterate[Tensor]) -> Row:
        theta = step.next_theta
        value = problem.evaluate(theta[None], problem.initial_params()).values.item()
        found = {"value": value, "epsilon": finite_or_none(step.epsilon)}
        nearest = BudgetedBox(size, budget).minimize(-theta)
        found["distance"] = (theta - nearest).abs().max().item()
        return found | {"fractionality": fractionality(theta), "mass": theta.sum().item()}

    yield from follow(until_done(steps, method, size), result, settings.measure_every, measure)
    if result.status is Status.finished and result.theta is not None:
        weights = result.theta
        result.binary = {
            "half": (weights > 0.5).double(),
            "top": BudgetedBox(size, budget).minimize(-weights),
        }
        every = {"relaxed": weights} | result.binary
        result.masks = {name: judge(problem, data, one) for name, one in every.items()}
    yield result


def subset(settings: DistillationSettings, method: Subset, size: int, seed: int) -> Tensor:
    """Return the weights (m,) of a method that does not optimise."""
    rule, budget = method.rule, settings.num_kept
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
