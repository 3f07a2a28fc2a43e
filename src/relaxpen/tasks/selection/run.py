"""Runs that select regularization: what is measured on the way, and the search."""

from collections.abc import Iterator

from torch import Generator, Tensor

from relaxpen.data.streams import torch_stream
from relaxpen.problems.metrics import model_metrics
from relaxpen.problems.regularized import RegularizationSelection, as_classes
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.features import prepared
from relaxpen.tasks.peers.follow import follow
from relaxpen.tasks.selection.settings import SelectionSettings
from relaxpen.tasks.task import Asked, Row


def run_selection(
    settings: SelectionSettings, instance: Instance, asked: Asked
) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    return search_regularization(
        settings, prepared(settings, instance), torch_stream(asked.seed, "batches")
    )


def search_regularization(
    settings: SelectionSettings, instance: Instance, stream: Generator
) -> Iterator[RunResult]:
    """Select regularization by the method of another paper, yielding the growing result."""
    problem = RegularizationSelection(instance.train, instance.validation)
    measured = SelectionMeasurements(settings, instance, problem)
    start = problem.initial_hyper(settings.initial_coefficient)
    return follow(settings, settings.method, problem, start, measured, stream)


class SelectionMeasurements:
    """The trace of one search for regularization, and its end: no sample has a weight here."""

    def __init__(
        self, settings: SelectionSettings, instance: Instance, problem: RegularizationSelection
    ) -> None:
        self._every, self._problem = settings.measure.value_every, problem
        self._parts = {"validation": instance.validation, "test": instance.test}
        if instance.selection is not None:
            self._parts["selection"] = instance.selection
        self._solution: Tensor | None = None
        self.result = RunResult()

    def add(self, hyper: Tensor, params: Tensor, cost: float, seconds: float, steps: int) -> bool:
        """Measure x (d,) and the lower iterate (d,); return whether they are finite.

        ``cost`` is in gradients over all samples, ``steps`` counts those of the method.
        """
        result = self.result
        if not (bool(hyper.isfinite().all()) and bool(params.isfinite().all())):
            result.status = Status.nonfinite
            return False
        row: Row = {"step": steps, "num_lower_steps": cost, "value_function": float("nan")}
        if self._every and len(result.trace) % self._every == 0:
            row["value_function"], _ = self._solved(hyper)
        result.trace.append(row | self._losses(params))
        result.solver_s.append(seconds)
        result.theta = hyper.double()
        return True

    def conclude(self, steps: int) -> None:
        """Judge the final x by the model it leads to."""
        result = self.result
        result.counts = {"steps": steps}
        result.checks = {"finite": result.status is Status.finished}
        if result.status is not Status.finished or result.theta is None:
            return
        value, solution = self._solved(result.theta)
        result.trace[-1]["value_function"] = value
        result.relaxed = {"value_function": value}
        final = self._losses(solution)
        judged = {"value_function": value} | {f"refit_{name}": final[name] for name in final}
        result.masks["nearest"] = judged | {"refit_converged": True}
        result.checks["refits_converged"] = True  # Newton's method raises otherwise

    def _losses(self, params: Tensor) -> Row:
        found: Row = {}
        for part, samples in self._parts.items():
            loss, accuracy = model_metrics(as_classes(params), samples)
            found |= {f"{part}_loss": loss, f"{part}_accuracy": accuracy}
        return found

    def _solved(self, hyper: Tensor) -> tuple[float, Tensor]:
        """Return the value function at x (d,) and the solution, kept as the next one's start."""
        value, self._solution = self._problem.value_function(hyper, self._solution)
        return value, self._solution
