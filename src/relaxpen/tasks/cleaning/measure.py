"""What is measured of a search on its way, outside its clock: the same for every method."""

import math
from collections.abc import Callable

from torch import Tensor

from relaxpen.method.masks import fractionality, round_at_half
from relaxpen.problems.metrics import mask_metrics, model_metrics
from relaxpen.problems.refit import GRADIENT_TOLERANCE
from relaxpen.problems.samples import Instance, Samples
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.cleaning.settings import CleaningSettings
from relaxpen.tasks.judge import judge_joined, judge_mask, value_at
from relaxpen.tasks.task import Row

ON_THE_WAY = (
    1e-4  # largest entry of the gradient at which a value function is good enough for a curve
)


class Measurements:
    """The trace of one search on one instance, and its end."""

    def __init__(
        self,
        settings: CleaningSettings,
        instance: Instance,
        restrict: Callable[[Samples], Samples],
    ) -> None:
        self._settings, self._instance = settings, instance
        self._parts = {"validation": restrict(instance.validation), "test": restrict(instance.test)}
        if instance.selection is not None:
            self._parts["selection"] = restrict(instance.selection)
        self._solution: Tensor | None = None
        self.result = RunResult()

    def add(self, theta: Tensor, params: Tensor, cost: float, seconds: float, steps: int) -> bool:
        """Measure weights theta (n,) and params (classes, d); return whether they are finite.

        ``cost`` is in gradients over all samples, ``steps`` counts those of the method.
        """
        result, weights = self.result, theta.double()
        if not (bool(weights.isfinite().all()) and bool(params.isfinite().all())):
            result.status = Status.nonfinite
            return False
        row: Row = {"step": steps, "num_lower_steps": cost, "value_function": math.nan}
        every = self._settings.measure.value_every
        if every and len(result.trace) % every == 0:
            row["value_function"] = self._value(weights, ON_THE_WAY)
        for part in ("validation", "test", "selection"):
            found = (math.nan, math.nan)
            if part in self._parts:
                found = model_metrics(params, self._parts[part])
            row |= {f"{part}_loss": found[0], f"{part}_accuracy": found[1]}
        row |= {"fractionality": fractionality(weights), "mass": weights.sum().item()}
        result.trace.append(row | mask_metrics(weights, self._instance.changed)._asdict())
        result.solver_s.append(seconds)
        result.theta = weights
        return True

    def conclude(self, steps: int) -> None:
        """Judge the final masks by the models they lead to."""
        result = self.result
        result.counts = {"steps": steps}
        result.checks = {"finite": result.status is Status.finished}
        if result.status is not Status.finished or result.theta is None:
            return
        last, theta = result.trace[-1], result.theta
        last["value_function"] = self._value(theta)
        names = ("value_function", "fractionality", "mass", "auc")
        result.relaxed = {name: last[name] for name in names}
        mask = round_at_half(theta)
        judged = judge_mask(self._settings.lower.ridge, self._instance, mask, self._solution)
        if self._settings.measure.joined:
            kept = self._instance.train.select(mask)
            judged |= judge_joined(self._settings.lower.ridge, self._instance, kept)
        result.binary, result.masks = {"nearest": mask}, {"nearest": judged}
        result.checks["refits_converged"] = result.refits_converged()

    def _value(self, weights: Tensor, tolerance: float = GRADIENT_TOLERANCE) -> float:
        """Return the value function at weights (n,), its solution kept as the next one's start."""
        start = self._solution
        value, self._solution = value_at(
            self._settings.lower.ridge, self._instance, weights, start, tolerance
        )
        return value
