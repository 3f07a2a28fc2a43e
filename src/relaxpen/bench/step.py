"""How fast one Frank-Wolfe step is: against separate solves, and against plain matrix products.

Every number is a ratio of times taken in turns in one process; machines are noisy.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from relaxpen.data.streams import torch_stream
from relaxpen.method.estimators import Point, RandomDirections
from relaxpen.method.schedules import Constant
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.samples import Instance
from relaxpen.records.machine import torch_facts
from relaxpen.records.manifest import Job
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import resolve
from relaxpen.tasks.rules import run_rule
from relaxpen.tasks.task import Asked
from relaxpen.tasks.thesis.build import build_problem
from relaxpen.tasks.thesis.run import run_thesis
from relaxpen.tasks.thesis.settings import ThesisSettings

STEPS = (1, 5, 20)
RADIUS = 1e-2
COLUMNS = "| T | threads | step (ms) | separate solves / step | share of matrix-product rate |"


def bench(instance: Instance, num_threads: list[int], repeats: int) -> list[str]:
    """Return the lines of a Markdown table, a row per T and number of threads.

    ``instance`` is of MNIST size. A step is m + 1 = 21 solves of T lower-level steps with one draw
    of directions; the separate solves are the same 21 with autograd and torch.optim.SGD on all
    columns. The share counts only the multiplications that a step really makes.
    """
    lines = [COLUMNS, "|---|---|---|---|---|"]
    for threads in num_threads:
        torch.set_num_threads(threads)
        rate = product_rate(instance, repeats)
        for steps in STEPS:
            settings = resolve(TASKS["thesis"], {"data.source": "mnist", "lower.num_steps": steps})
            problem = build_problem(settings, instance)
            ours, separate = in_turns(
                [_our_step(problem, settings), _separate_solves(instance, settings)], repeats
            )
            share = _multiply_adds(problem, settings) / ours / rate
            lines.append(
                f"| {steps} | {threads} | {1e3 * ours:.1f} | {separate / ours:.1f} | {share:.0%} |"
            )
    return lines


def manifest_share(instance: Instance, repeats: int) -> str:
    """Return the sentence that says what a manifest costs.

    ``instance`` is that of the shortest run of the grid: synthetic data, T = 1. The manifest is that
    of a run: four files are hashed, and facts about the process are known from its first run.
    """
    settings = resolve(TASKS["thesis"], {"lower.num_steps": 1})
    device = instance.train.features.device
    job = Job(
        run_rule(TASKS["thesis"], "relax_penalize", settings),
        [],
        settings.model_dump(),
        torch_facts(device),
    )

    def run() -> None:
        for _ in run_thesis(settings, instance, Asked("relax_penalize", 0)):
            pass

    with TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in ("record", "trace", "timing", "masks")]
        for path in files:
            path.write_bytes(bytes(50_000))
        whole, written = in_turns(
            [run, lambda: job.write(Path(scratch) / "manifest.json", [], files)], repeats
        )
    return f"Writing a manifest takes {written / whole:.1%} of the shortest run (synthetic, T = 1)."


def product_rate(instance: Instance, repeats: int) -> float:
    """Return the multiply-adds per second of the best of three plain matrix products.

    The two products that a lower-level step is made of, and a square one of 2048.
    """
    features = instance.train.features[:, (instance.train.features != 0).any(dim=0)].contiguous()
    wide = torch.randn(189, features.shape[1]).to(features)
    tall = torch.randn(189, len(features)).to(features)
    square = torch.randn(2048, 2048).to(features)
    pairs = [(wide, features.T), (tall, features), (square, square)]
    times = in_turns([partial(torch.matmul, a, b) for a, b in pairs], repeats)
    work = [a.shape[0] * a.shape[1] * b.shape[1] for a, b in pairs]
    return max(count / seconds for count, seconds in zip(work, times, strict=True))


def _our_step(problem: HyperCleaning, settings: ThesisSettings) -> Callable[[], object]:
    estimator = RandomDirections(settings.upper.num_directions, Constant(RADIUS))
    theta = torch.full((problem.num_hyper,), 0.5, dtype=torch.float64)
    theta = theta.to(problem.initial_params().device)
    point, stream = Point(theta, problem.initial_params()), torch_stream(0, "directions")
    return lambda: estimator.estimate(problem, point, stream)


def _separate_solves(instance: Instance, settings: ThesisSettings) -> Callable[[], object]:
    """Return the obvious implementation: one solve after the other, autograd, torch.optim.SGD."""
    train, validation = instance.train, instance.validation
    lower, count = settings.lower, settings.upper.num_directions + 1
    weights = 0.5 + RADIUS * torch.randn(count, len(train.labels)).to(train.features)

    def solve(weight: Tensor) -> Tensor:
        shape = (instance.num_classes, train.features.shape[1])
        params = torch.zeros(shape).to(train.features).requires_grad_()
        optimizer = torch.optim.SGD([params], lr=lower.step_size)
        for _ in range(lower.num_steps):
            optimizer.zero_grad()
            losses = cross_entropy(train.features @ params.T, train.labels, reduction="none")
            ((weight * losses).mean() + lower.ridge * params.square().sum()).backward()
            optimizer.step()
        with torch.no_grad():
            return cross_entropy(validation.features @ params.T, validation.labels)

    return lambda: [solve(weight).item() for weight in weights]


def _multiply_adds(problem: HyperCleaning, settings: ThesisSettings) -> int:
    """Return the multiply-adds of the matrix products of one step, those of the directions apart."""
    classes, width = problem.initial_params().shape
    per_sample = (classes - 1) * width
    batch, steps = settings.upper.num_directions + 1, settings.lower.num_steps
    forward = problem.num_hyper * per_sample * (1 + (steps - 1) * batch)
    backward = problem.num_hyper * per_sample * steps * batch
    validation = settings.data.num_validation * per_sample * batch
    return forward + backward + validation


def in_turns(functions: list[Callable[[], object]], repeats: int) -> list[float]:
    """Return the median seconds of each function, called in turns, after one call to warm up."""
    times: list[list[float]] = [[] for _ in functions]
    for turn in range(repeats + 1):
        for function, taken in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if turn:
                taken.append(time.perf_counter() - begin)
    return [median(taken) for taken in times]
