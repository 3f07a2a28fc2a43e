"""Cleaning without a bilevel method, judged as every mask is."""

import torch
from torch import Generator

from relaxpen.problems.filters import Filtered, confident_learning, disagreement
from relaxpen.problems.metrics import ranking_auc
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.cleaning.methods import Filter
from relaxpen.tasks.cleaning.settings import CleaningSettings
from relaxpen.tasks.clock import Clock
from relaxpen.tasks.judge import judge_fit, judge_joined, judge_mask

TEST = ("test_loss", "test_accuracy")


def run_filter(
    settings: CleaningSettings, method: Filter, instance: Instance, folds: Generator
) -> RunResult:
    """Return the mask of a filter and what it leads to."""
    result, clock = RunResult(), Clock(instance.train.features.device)
    with clock:
        kept = _filter(method, instance, folds)
    result.solver_s, result.counts = [clock.seconds], {"steps": 1}
    result.trace = [{"step": 1, "num_lower_steps": kept.num_gradients}]
    if method.rule == "validation_only":
        judged = judge_fit(settings.lower.ridge, instance, instance.validation)
        if settings.measure.joined:  # there is nothing else to train on
            judged |= {f"joined_{name}": judged[f"refit_{name}"] for name in TEST}
        result.masks["nearest"] = judged
    else:
        judged = judge_mask(settings.lower.ridge, instance, kept.mask)
        if settings.measure.joined:
            judged |= judge_joined(settings.lower.ridge, instance, instance.train.select(kept.mask))
        judged["auc"] = ranking_auc(kept.scores, ~instance.changed)
        result.masks["nearest"], result.binary["nearest"] = judged, kept.mask
    result.checks = {"finite": True, "refits_converged": result.refits_converged()}
    return result


def _filter(method: Filter, instance: Instance, folds: Generator) -> Filtered:
    """Return what a rule keeps; the rules that only refer to the truth cost nothing."""
    train, changed = instance.train, instance.changed
    if method.rule == "disagreement":
        validation, classes = instance.validation, instance.num_classes
        return disagreement(train, validation, method.ridge, classes, method.margin)
    if method.rule == "confident_learning":
        order = torch.randperm(len(changed), generator=folds) % method.num_folds
        parts = order.to(changed.device)
        return confident_learning(
            train, method.ridge, instance.num_classes, parts, method.filter_by
        )
    mask = (~changed).double() if method.rule == "oracle" else torch.ones_like(changed).double()
    return Filtered(mask, mask)
