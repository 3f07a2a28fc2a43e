"""Runs that learn groups: the search, and what its groups are worth."""

import string
from collections.abc import Iterator

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from relaxpen.data.streams import torch_stream
from relaxpen.method.mask_and_number import MaskAndNumber
from relaxpen.method.masks import fractionality
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import Iterate
from relaxpen.method.saga import Memory, Saga, empty_memories
from relaxpen.method.schedules import Constant
from relaxpen.method.simplices import Simplices
from relaxpen.problems.dual_fixed_point import DualFixedPoint
from relaxpen.problems.dual_steps import DualSteps
from relaxpen.problems.group_lasso import GroupLasso
from relaxpen.problems.group_lasso_data import GroupLassoData
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.groups.settings import GroupLassoSettings
from relaxpen.tasks.rounds import finite_or_none, follow, relax_and_penalize, until_done
from relaxpen.tasks.task import Asked, Row

DIGITS = string.digits + string.ascii_lowercase


def run_group_lasso(
    settings: GroupLassoSettings, data: GroupLassoData, asked: Asked
) -> Iterator[RunResult]:
    """Run the method of the settings on tasks, yielding the growing result, for progress.

    Where a lower level has no solution the run ends, and its status says so.
    """
    result = RunResult()
    try:
        for result in search_groups(settings, data, asked.seed):
            yield result
    except ArithmeticError:
        result.status, result.checks = Status.nonfinite, {"finite": False}
        result.counts = {"steps": result.trace[-1]["step"] if result.trace else 0}
        yield result


def search_groups(
    settings: GroupLassoSettings, data: GroupLassoData, seed: int
) -> Iterator[RunResult]:
    """Learn groups, yielding the growing result; raises ArithmeticError without a solution."""
    method, measured = settings.method, Judge(settings, data)
    result, theta, problem = RunResult(), start_of(settings, seed), measured.problem
    box = Simplices(settings.data.num_features, settings.data.num_groups)
    feasible = MaskAndNumber(box, method.least_strength, method.largest_strength)
    theta = feasible.project(theta)
    scales = torch.ones_like(theta)
    scales[-1] = method.strength_scale
    solver = ProjectedGradient(feasible, Constant(method.step_size), scales)
    penalty = {"penalty_gradient": feasible.penalty_gradient}
    outer = relax_and_penalize(method, Saga(method.batch_size), solver, **penalty)
    streams = (torch_stream(seed, "terms"), torch_stream(seed, "batches"))
    every = outer.iterate(problem, theta, empty_memories(problem, theta), *streams)
    steps = until_done(every, method, theta.numel() - 1)
    yield from follow(steps, result, settings.measure_every, measured.row)
    if result.status is Status.finished and result.theta is not None:
        result.masks, result.binary = measured.masks(result.theta)
    yield result


def start_of(settings: GroupLassoSettings, seed: int) -> Tensor:
    """Return the groups (P L,) and the strength that a search starts from, not yet feasible."""
    shape = (settings.data.num_features, settings.data.num_groups)
    noise = torch.randn(shape, generator=torch_stream(seed, "start"), dtype=torch.float64)
    groups = 1 / settings.data.num_groups + settings.method.spread * noise
    return torch.cat([groups.flatten(), groups.new_tensor([settings.method.initial_strength])])


class Judge:
    """What groups and a strength are worth, on all tasks of an instance."""

    def __init__(self, settings: GroupLassoSettings, data: GroupLassoData) -> None:
        lower = settings.lower
        solver = (
            DualSteps(lower.num_steps)
            if lower.solver == "dual_steps"
            else DualFixedPoint(lower.length)
        )
        groups = settings.data.num_groups
        self.problem = GroupLasso(data.train, data.validation, groups, solver, lower.ridge)
        self._data = data

    def row(self, step: Iterate[tuple[Memory, ...]]) -> Row:
        """Return the measurements of a trace where a step led to."""
        theta = step.next_theta
        largest = self.rows_of(theta[:-1]).amax(dim=1)
        found = self.problem.evaluate(theta[None], self.problem.initial_params())
        mask = theta[:-1]
        return {
            "value": found.values.item(),
            "strength": theta[-1].item(),
            "fractionality": fractionality(mask),
            "distance": (1 - largest).max().item(),
            "epsilon": finite_or_none(step.epsilon),
        }

    def rows_of(self, mask: Tensor) -> Tensor:
        """Return groups (P, L) of a vector of them."""
        return mask.view_as(self._data.groups)

    def masks(self, theta: Tensor) -> tuple[dict[str, Row], dict[str, Tensor]]:
        """Return what the oracle, the relaxed and the rounded groups lead to, and the binary ones."""
        truth = self._data.groups
        relaxed, strength = self.rows_of(theta[:-1]), theta[-1]
        binary = {
            "half": (relaxed > 0.5).double(),
            "argmax": torch.zeros_like(relaxed).scatter_(1, relaxed.argmax(1, keepdim=True), 1.0),
        }
        every = {"oracle": truth, "relaxed": relaxed} | binary
        judged = {name: self._judge(groups, strength) for name, groups in every.items()}
        return judged, binary

    def _judge(self, groups: Tensor, strength: Tensor) -> Row:
        """Return values (validation, test), errors of coefficients and the share of features right."""
        point = torch.cat([groups.flatten(), strength[None]])
        found = self.problem.evaluate(point[None], self.problem.initial_params())
        coefficients, data = found.params[0], self._data
        errors = coefficients - data.coefficients
        left = (data.test.designs @ coefficients[:, :, None])[..., 0] - data.test.responses
        return {
            "value": found.values.item(),
            "test_value": (left.square().sum(dim=1) / (2 * left.shape[1])).mean().item(),
            "spectral": torch.linalg.matrix_norm(errors, 2).item(),
            "frobenius": errors.norm().item(),
            "accuracy": accuracy(groups, data.groups),
            "num_without_group": int((groups.amax(dim=1) == 0).sum()),
            "strength": strength.item(),
            "assigned": assigned(groups, data.groups),
        }


def assigned(groups: Tensor, truth: Tensor) -> str:
    """Return the group of each feature as a digit to base 36, columns matched; "-" for none."""
    named = groups[:, matched(groups, truth)]
    found = zip(named.argmax(dim=1).tolist(), named.amax(dim=1).tolist(), strict=True)
    return "".join(DIGITS[group] if most > 0 else "-" for group, most in found)


def accuracy(groups: Tensor, truth: Tensor) -> float:
    """Return the share of features in the right group (P, L), columns matched as well as can be.

    A feature is in the group of its largest entry, and in none if all are 0.
    """
    order = matched(groups, truth)
    named = groups[:, order]
    right = (named.argmax(dim=1) == truth.argmax(dim=1)) & (named.amax(dim=1) > 0)
    return right.double().mean().item()


def matched(groups: Tensor, truth: Tensor) -> Tensor:
    """Return for each column of truth (P, L) the column of groups (P, L) that is matched with it.

    The assignment has the largest sum of <truth_l, groups_m>.
    """
    _, columns = linear_sum_assignment((truth.T @ groups).numpy(), maximize=True)
    return torch.from_numpy(columns)
