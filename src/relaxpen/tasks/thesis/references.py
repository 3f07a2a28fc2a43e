"""What needs no bilevel method, judged as every mask is."""

from collections.abc import Iterator

import torch

from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.judge import judge_fit, judge_mask
from relaxpen.tasks.task import Asked
from relaxpen.tasks.thesis.settings import ThesisSettings


def run_references(
    settings: ThesisSettings, instance: Instance, asked: Asked
) -> Iterator[RunResult]:
    """Judge what needs no bilevel method: all noisy data, validation data only, the oracle mask."""
    del asked  # nothing is drawn
    result = RunResult()
    result.binary = {
        "noisy": torch.ones_like(instance.changed).double(),
        "oracle": (~instance.changed).double(),
    }
    result.masks = {
        name: judge_mask(settings.lower.ridge, instance, mask)
        for name, mask in result.binary.items()
    }
    result.masks["validation_only"] = judge_fit(settings.lower.ridge, instance, instance.validation)
    result.checks = {"refits_converged": result.refits_converged()}
    yield result
