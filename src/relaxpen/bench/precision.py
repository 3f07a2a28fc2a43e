"""How wrong the slopes of a float32 solve are, against float64, at the real size."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.data.streams import torch_stream
from relaxpen.method.schedules import SahuRadius
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.samples import Instance
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import resolve
from relaxpen.tasks.thesis.build import build_problem
from relaxpen.tasks.thesis.settings import ThesisSettings

NUM_DIRECTIONS = 20
COLUMNS = "| T | solves before | radius c | relative error of float32 slopes |"


class SlopeError(NamedTuple):
    """|s32 - s64| / |s64| over the slopes [F(theta + c z_i) - F(theta)] / c of 20 directions."""

    num_steps: int  # T
    warm_solves: int  # solves at theta = 1/2 before the measurement, each begun at the last
    radius: float  # c
    relative_error: float  # of the vector of slopes, in the Euclidean norm


def slope_errors(
    instance: Instance, steps: list[int], warm_solves: list[int], radii: list[float]
) -> Iterator[SlopeError]:
    """Yield the error at every T, stage of the run and radius; ``instance`` is in float64."""
    for num_steps in steps:
        settings = resolve(TASKS["thesis"], {"data.source": "mnist", "lower.num_steps": num_steps})
        double = build_problem(settings, instance)
        single = build_problem(settings, _in_float32(instance))
        theta = torch.full((double.num_hyper,), 0.5, dtype=torch.float64)
        start, solved = double.initial_params(), 0
        for stage in warm_solves:
            for _ in range(stage - solved):
                start = double.evaluate(theta[None], start).params[0]
            solved = stage
            stream = torch_stream(stage, "precision")
            z = torch.randn(NUM_DIRECTIONS, len(theta), generator=stream, dtype=torch.float64)
            for radius in radii:
                points = torch.cat([theta[None], theta + radius * z])
                slopes = [_slopes(each, points, start, radius) for each in (single, double)]
                error = (slopes[0] - slopes[1]).norm() / slopes[1].norm()
                yield SlopeError(num_steps, stage, radius, error.item())


def report(instance: Instance, settings: ThesisSettings) -> list[str]:
    """Return the lines of a Markdown table over T, stages and radii, Sahu's radius first."""
    published = SahuRadius(settings.data.num_train, NUM_DIRECTIONS)(0)
    errors = slope_errors(instance, [1, 5, 20], [0, 40], [published, 1e-4, 1e-3, 1e-2, 1e-1])
    rows = [
        f"| {row.num_steps} | {row.warm_solves} | {row.radius:.2g} | {row.relative_error:.2g} |"
        for row in errors
    ]
    return [COLUMNS, "|---|---|---|---|", *rows]


def _slopes(problem: HyperCleaning, points: Tensor, start: Tensor, radius: float) -> Tensor:
    values = problem.evaluate(points, start).values
    return (values[1:] - values[0]) / radius


def _in_float32(instance: Instance) -> Instance:
    device = instance.train.features.device
    return instance._replace(
        train=instance.train.to(device, torch.float32),
        validation=instance.validation.to(device, torch.float32),
    )
