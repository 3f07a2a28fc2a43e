"""Cleaning without a bilevel method, judged as every mask is."""

import torch
from torch import Generator, Tensor

from relaxpen.experiment.comparison.bench import Clock
from relaxpen.experiment.comparison.methods import Filter
from relaxpen.experiment.comparison.settings import CleaningSettings
from relaxpen.experiment.judge import judge_fit, judge_joined, judge_mask
from relaxpen.experiment.outcome import RunResult
from relaxpen.problems.filters import confident_learning, disagreement_scores
from relaxpen.problems.metrics import ranking_auc
from relaxpen.problems.samples import Instance

TEST = ("test_loss", "test_accuracy")


def run_filter(
    settings: CleaningSettings, method: Filter, instance: Instance, folds: Generator
) -> RunResult:
    """Return the mask of a filter and what it leads to."""
    result, clock = RunResult(), Clock(instance.train.features.device)
    with clock:
        mask, scores = _filter(method, instance, folds)
    result.solver_s, result.counts = [clock.seconds], {"steps": 1}
    result.trace = [{"step": 1, "num_lower_steps": 0.0}]  # no lower level of a bilevel problem
    if method.rule == "validation_only":
        judged = judge_fit(settings, instance, instance.validation)
        if settings.measure.joined:  # there is nothing else to train on
            judged |= {f"joined_{name}": judged[f"refit_{name}"] for name in TEST}
        result.masks["nearest"] = judged
    else:
        judged = judge_mask(settings, instance, mask)
        if settings.measure.joined:
            judged |= judge_joined(settings, instance, instance.train.select(mask))
        judged["auc"] = ranking_auc(scores, ~instance.changed)
        result.masks["nearest"], result.binary["nearest"] = judged, mask
    result.checks = {"finite": True, "refits_converged": result.refits_converged()}
    return result


def _filter(method: Filter, instance: Instance, folds: Generator) -> tuple[Tensor, Tensor]:
    """Return the mask (n,) and the scores (n,), larger for labels that are rather right."""
    train, changed = instance.train, instance.changed
    if method.rule == "disagreement":
        scores = disagreement_scores(train, instance.validation, method.ridge, instance.num_classes)
        return (scores > method.margin).double(), scores
    if method.rule == "confident_learning":
        order = torch.randperm(len(changed), generator=folds) % method.num_folds
        parts = order.to(changed.device)
        return confident_learning(
            train, method.ridge, instance.num_classes, parts, method.filter_by
        )
    mask = (~changed).double() if method.rule == "oracle" else torch.ones_like(changed).double()
    return mask, mask
