"""Masks and training sets judged by the models they lead to, trained to convergence."""

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
from relaxpen.tasks.task import Row


def judge_mask(ridge: float, instance: Instance, mask: Tensor, start: Tensor | None = None) -> Row:
    """Return the metrics of a binary mask (p,): detection, value function, the final model.

    ``ridge`` is c in c |w|^2 of the lower level, here and below.

    ``start`` (classes, d) is near the lower-level solution for the mask and saves time on it. The
    final model is always trained from zero, the same for every method.
    """
    value, _ = value_at(ridge, instance, mask, start)
    found = mask_metrics(mask, instance.changed)._asdict() | {"value_function": value}
    return found | judge_fit(ridge, instance, instance.train.select(mask))


def value_at(
    ridge: float,
    instance: Instance,
    theta: Tensor,
    start: Tensor | None = None,
    tolerance: float = GRADIENT_TOLERANCE,
) -> tuple[float, Tensor]:
    """Return the upper objective at the exact lower-level solution for theta (p,), and the solution.

    ``tolerance`` is the largest entry of |gradient| at which a lower-level solution is taken as exact.
    """
    classes = instance.num_classes
    solution = lower_solution(theta, instance.train, ridge, classes, start, tolerance)
    return value_function(solution, instance.validation), solution


def judge_fit(ridge: float, instance: Instance, samples: Samples) -> Row:
    """Return the metrics of the model trained from zero to convergence on samples."""
    fit = fit_on(samples, ridge, instance.num_classes)
    return _fit_metrics(fit, instance)


def judge_joined(ridge: float, instance: Instance, samples: Samples) -> Row:
    """Return the metrics of the model trained on samples and on the clean validation set together."""
    found = judge_fit(ridge, instance, samples.joined(instance.validation))
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
