"""Measurements outside the solver: here the test set and the wrong labels are known."""

import math

from torch import Tensor

from relaxpen.method import penalty
from relaxpen.method.masks import fractionality
from relaxpen.method.relax_penalize import Iterate
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.metrics import mask_metrics, model_metrics
from relaxpen.problems.samples import Instance
from relaxpen.tasks.task import Row


class TraceBench:
    """Measures the iterates of one search on one instance."""

    def __init__(self, instance: Instance, problem: HyperCleaning) -> None:
        self._instance, self._num_lower_steps = instance, problem.num_lower_steps
        self._test = problem.restrict(instance.test)
        chosen = instance.selection
        self._selection = problem.restrict(chosen) if chosen is not None else None

    def row(self, iterate: Iterate[Tensor], before: list[Row]) -> Row:
        """Return the trace row of a step: the mask it was taken at, and w_T there."""
        estimate = iterate.estimate
        position = {"round": iterate.round, "step": iterate.step, "epsilon": iterate.epsilon}
        cost = {"num_values": estimate.num_values, "num_lower_steps": estimate.num_lower_steps}
        state = self._state(iterate.theta, estimate.params, estimate.value, iterate.epsilon)
        return position | _cumulated(cost, before) | state | {"gap": iterate.gap, "phase": "search"}

    def final_row(
        self, last: Iterate[Tensor], params: Tensor, value: float, before: list[Row]
    ) -> Row:
        """Return the trace row of the mask after the last step, w_T (classes, d) and F there."""
        position = {"round": last.round, "step": last.step + 1, "epsilon": last.epsilon}
        cost = {"num_values": 1, "num_lower_steps": self._num_lower_steps}
        state = self._state(last.next_theta, params, value, last.epsilon)
        return position | _cumulated(cost, before) | state | {"gap": math.nan, "phase": "final"}

    def _state(self, theta: Tensor, params: Tensor, value: float, epsilon: float) -> Row:
        loss, accuracy = model_metrics(params, self._test)
        held_out = math.nan
        if self._selection is not None:
            held_out = model_metrics(params, self._selection).loss
        return {
            "validation_loss": value,
            "penalty": penalty.value(theta, epsilon),
            "test_loss": loss,
            "test_accuracy": accuracy,
            "selection_loss": held_out,
            "fractionality": fractionality(theta),
            "mass": theta.sum().item(),
        } | mask_metrics(theta, self._instance.changed)._asdict()


def _cumulated(cost: dict[str, int], before: list[Row]) -> dict[str, int]:
    return {name: cost[name] + (before[-1][name] if before else 0) for name in cost}
