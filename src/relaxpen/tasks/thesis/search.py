"""One search: an outer method on a problem, traced step by step, its masks judged at the end."""

import math
import time
from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from torch import Generator, Tensor

from relaxpen.method.masks import round_at_half, round_to_budget
from relaxpen.method.relax_penalize import Iterate, RelaxAndPenalize, until_binary
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.judge import judge_mask, value_at
from relaxpen.tasks.thesis.measure import TraceBench
from relaxpen.tasks.thesis.settings import ThesisSettings, Upper


def run_search(
    settings: ThesisSettings,
    problem: HyperCleaning,
    method: RelaxAndPenalize[HyperCleaning, Tensor],
    instance: Instance,
    streams: tuple[Generator, Generator],
    num_steps: int | None = None,
    to_budget: bool = False,
) -> Iterator[RunResult]:
    """Run a method to its end, yielding the growing result after each step, for progress.

    ``streams`` are the CPU generators of directions and of minibatches. ``num_steps`` fixes the
    number of Frank-Wolfe steps; without it the run stops when binary, or after the last round. With
    ``to_budget`` the final mask is also rounded to its own mass. Measurement is outside the timed
    region.
    """
    theta = torch.full((problem.num_hyper,), settings.upper.initial_mask, dtype=torch.float64)
    theta = theta.to(instance.train.features.device)
    problem.evaluate(theta[None], problem.initial_params())  # libraries load outside the clock
    endless = method.iterate(problem, theta, problem.initial_params(), *streams)
    iterates = _until_done(endless, settings.upper, num_steps)
    bench, result = TraceBench(instance, problem), RunResult()
    for last, seconds in _timed(iterates, theta.device):
        result.trace.append(bench.row(last, result.trace))
        result.solver_s.append(sum(result.solver_s[-1:]) + seconds)
        result.theta = last.next_theta
        if not (math.isfinite(last.estimate.value) and math.isfinite(last.gap)):
            result.status = Status.nonfinite
            break
        yield result
    result.counts = {"rounds": last.round + 1, "steps": len(result.trace)}
    result.counts |= {name: result.trace[-1][name] for name in ("num_values", "num_lower_steps")}
    if result.status is Status.finished:
        _conclude(result, settings, to_budget, instance, problem, last)
    result.checks["finite"] = result.status is Status.finished
    yield result


def _until_done(
    iterates: Iterable[Iterate[Tensor]], upper: Upper, num_steps: int | None
) -> Iterable[Iterate[Tensor]]:
    """Return so many iterates, or those until the mask is binary or the last round ends."""
    if num_steps is not None:
        return islice(iterates, num_steps)
    return until_binary(iterates, upper.steps_per_round, upper.max_rounds, upper.binary_tolerance)


def _conclude(
    result: RunResult,
    settings: ThesisSettings,
    to_budget: bool,
    instance: Instance,
    problem: HyperCleaning,
    last: Iterate[Tensor],
) -> None:
    """Add the final iterate and the judged masks to a result, in place."""
    final = last.next_theta
    masks = {"nearest": round_at_half(final)}
    if to_budget:
        masks["budget"] = round_to_budget(final)
    points = torch.stack([final, *masks.values()])
    values, params = problem.evaluate(points, last.estimate.params, None)
    if not bool(values.isfinite().all()):
        result.status = Status.nonfinite
        return
    row = TraceBench(instance, problem).final_row(last, params[0], values[0].item(), result.trace)
    result.trace.append(row)
    result.solver_s.append(result.solver_s[-1])
    value, solution = value_at(settings.lower.ridge, instance, final)
    result.relaxed = {
        "upper_value": values[0].item(),
        "value_function": value,
        "fractionality": row["fractionality"],
        "mass": row["mass"],
        "auc": row["auc"],
    }
    if instance.selection is not None:
        best = min(result.trace, key=lambda row: row["selection_loss"])
        names = ("round", "step", "selection_loss", "test_loss", "test_accuracy")
        result.selected = {name: best[name] for name in names}
    for objective, (name, mask) in zip(values[1:], masks.items(), strict=True):
        judged = judge_mask(settings.lower.ridge, instance, mask, solution)
        result.masks[name] = {"upper_value": objective.item()} | judged
    result.binary = masks
    result.checks["binary"] = row["fractionality"] < settings.upper.binary_tolerance
    result.checks["refits_converged"] = result.refits_converged()


def _timed(
    iterates: Iterable[Iterate[Tensor]], device: torch.device
) -> Iterator[tuple[Iterate[Tensor], float]]:
    """Yield each iterate with the seconds that making it took."""
    iterator = iter(iterates)
    while True:
        begin = time.perf_counter()
        iterate = next(iterator, None)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if iterate is None:
            return
        yield iterate, time.perf_counter() - begin
