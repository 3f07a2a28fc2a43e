"""Masks and training sets judged by the models they lead to, trained to convergence."""

from typing import Any

from torch import Tensor

from relaxpen.problems.metrics import ModelMetrics, mask_metrics, model_metrics
from relaxpen.problems.refit import (
    GRADIENT_TOLERANCE,
    Fit,
    fit_on,
    lower_solution,
    value_function,
)
from relaxpen.problems.samples import Instance, Samples
from relaxpen.tasks.thesis.settings import Settings

Row = dict[str, Any]


def judge_mask(
    settings: Settings, instance: Instance, mask: Tensor, start: Tensor | None = None
) -> Row:
    """Return the metrics of a binary mask (p,): detection, value function, the final model.

    ``start`` (classes, d) is near the lower-level solution for the mask and saves time on it. The
    final model is always trained from zero, the same for every method.
    """
    value, _ = value_at(settings, instance, mask, start)
    found = mask_metrics(mask, instance.changed)._asdict() | {"value_function": value}
    return found | judge_fit(settings, instance, instance.train.select(mask))


def value_at(
    settings: Settings,
    instance: Instance,
    theta: Tensor,
    start: Tensor | None = None,
    tolerance: float = GRADIENT_TOLERANCE,
) -> tuple[float, Tensor]:
    """Return the upper objective at the exact lower-level solution for theta (p,), and the solution.

    ``tolerance`` is the largest entry of |gradient| at which a lower-level solution is taken as exact.
    """
    ridge, num_classes = settings.lower.ridge, instance.num_classes
    solution = lower_solution(theta, instance.train, ridge, num_classes, start, tolerance)
    return value_function(solution, instance.validation), solution


def judge_fit(settings: Settings, instance: Instance, samples: Samples) -> Row:
    """Return the metrics of the model trained from zero to convergence on samples."""
    fit = fit_on(samples, settings.lower.ridge, instance.num_classes)
    return _fit_metrics(fit, instance)


def judge_joined(settings: Settings, instance: Instance, samples: Samples) -> Row:
    """Return the metrics of the model trained on samples and on the clean validation set together."""
    found = judge_fit(settings, instance, samples.joined(instance.validation))
    return {f"joined_test_{name}": found[f"refit_test_{name}"] for name in ("loss", "accuracy")}


def _fit_metrics(fit: Fit, instance: Instance) -> Row:
    def measured(samples: Samples) -> ModelMetrics:
        return model_metrics(fit.params, Samples(samples.features.double(), samples.labels))

    test = measured(instance.test)
    found = {
        "refit_test_loss": test.loss,
        "refit_test_accuracy": test.accuracy,
        "refit_validation_loss": measured(instance.validation).loss,
        "refit_max_gradient": fit.max_gradient,
        "refit_converged": fit.converged,
    }
    if instance.selection is not None:
        found["refit_selection_loss"] = measured(instance.selection).loss
    return found
