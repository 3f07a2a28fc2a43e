"""How fast the kernels of the first-order methods are, against a loop of the same matrix products."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.bench.step import in_turns
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.samples import Instance
from relaxpen.problems.weighted import Sigmoid, WeightedCleaning

BATCH = 64
PULL = 0.1  # s of the value difference
COLUMNS = "| kernel | samples | threads | time (ms) | share of the rate of its plain products |"


class Kernel(NamedTuple):
    """What is timed: its name, the samples it goes over, itself and its matrix products alone."""

    name: str
    num_samples: int
    ours: Callable[[], object]
    plain: Callable[[], object]


def bench_kernels(instance: Instance, num_threads: list[int], repeats: int) -> list[str]:
    """Return the lines of a Markdown table, a row per kernel and number of threads.

    The plain products have the same shapes, read the same features, and do nothing else.
    """
    lines = [COLUMNS, "|---|---|---|---|---|"]
    for threads in num_threads:
        torch.set_num_threads(threads)
        for kernel in _kernels(instance):
            ours, plain = in_turns([kernel.ours, kernel.plain], repeats)
            lines.append(
                f"| {kernel.name} | {kernel.num_samples} | {threads} | {1e3 * ours:.2f} "
                f"| {plain / ours:.0%} |"
            )
    return lines


def _kernels(instance: Instance) -> list[Kernel]:
    problem = WeightedCleaning(
        instance.train, instance.validation, instance.num_classes, 1e-3, Sigmoid()
    )
    x, y = problem.initial_hyper(0.5), torch.randn_like(problem.initial_params())
    v = torch.randn_like(y)
    every = problem.restrict(instance.train).features
    found = []
    for name, rows in (("all", slice(None)), ("batch", slice(BATCH, 2 * BATCH))):
        features = every[rows]
        title = {"all": "", "batch": ", minibatch"}[name]
        found.append(
            Kernel(
                f"gradient{title}",
                len(features),
                partial(problem.lower_gradient, x, y, rows),
                _products([(y, features)]),
            )
        )
        found.append(
            Kernel(
                f"gradient and second derivatives{title}",
                len(features),
                partial(problem.lower_products, x, y, v, rows),
                _products([(torch.cat([y, v]), features)]),
            )
        )
    return [*found, _pulled_step(instance)]


def _pulled_step(instance: Instance) -> Kernel:
    """Return one step of the value difference's two solves, the one with the pull and the one without."""
    lower = LowerLevel(1, 0.5, 1e-3, None, False)
    problem = PulledCleaning(instance.train, instance.validation, instance.num_classes, lower)
    start = torch.randn_like(problem.initial_params())
    theta = torch.full((problem.num_hyper,), 0.5, dtype=torch.float64).to(start.device)
    strengths = torch.tensor([0.0, PULL]).to(start.device)
    train, above = (problem.restrict(one).features for one in (instance.train, instance.validation))
    width = len(start) - 1  # contrasts: the last class follows from the others
    both, one = (torch.randn(count * width, train.shape[1]).to(train) for count in (2, 1))
    return Kernel(
        "step of a value difference",
        len(train) + len(above),
        lambda: problem.solve_pulled(theta, strengths, start, None),
        _products([(both, train), (one, above)]),
    )


def _products(pairs: list[tuple[Tensor, Tensor]]) -> Callable[[], object]:
    """Return the products params features' (rows, n) and residual features (rows, d) of each pair."""
    residuals = [torch.randn(len(params), len(features)).to(features) for params, features in pairs]
    return lambda: [
        (params @ features.T, residual @ features)
        for (params, features), residual in zip(pairs, residuals, strict=True)
    ]
