"""What a run leaves behind, apart from the facts about the machine."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # who gathers runs reads files, and need not wait for it
    from torch import Tensor


class Status(StrEnum):
    """How a run ended."""

    finished = "finished"
    nonfinite = "nonfinite"  # a value or a gradient became infinite or not a number


@dataclass
class RunResult:
    """What a run leaves behind, apart from the facts about the machine."""

    status: Status = Status.finished
    trace: list[dict[str, Any]] = field(default_factory=list)  # a row per step, and one at the end
    solver_s: list[float] = field(default_factory=list)  # cumulative solver seconds, per trace row
    checks: dict[str, bool] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    relaxed: dict[str, float] = field(default_factory=dict)  # the final iterate, not yet binary
    selected: dict[str, float] = field(default_factory=dict)  # the step best on the selection set
    masks: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> metrics of a mask
    theta: "Tensor | None" = None  # (p,) float64, the final iterate
    binary: "dict[str, Tensor]" = field(default_factory=dict)  # name -> mask (p,)

    def refits_converged(self) -> bool:
        """Return whether every final model is certified to be a minimiser."""
        return all(mask["refit_converged"] for mask in self.masks.values())
