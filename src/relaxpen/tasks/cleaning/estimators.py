"""Settings of all that estimates the gradient of relax and penalize."""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from relaxpen.inputs.sizes import NUMBER
from relaxpen.tasks.cleaning.kinds import KINDS, Kind
from relaxpen.tasks.task import MethodSettings

if TYPE_CHECKING:
    EstimatorName = str
else:
    EstimatorName = Literal[tuple(KINDS)]


class Estimated(MethodSettings):
    """An estimator of the gradient, and the lower level that it solves."""

    estimator: EstimatorName = Field(
        "value_difference", description="where the gradient comes from (docs/estimators.md)"
    )
    law: Literal["gaussian", "rademacher", "sphere", "orthogonal", "antithetic"] = Field(
        "gaussian", description="law of the random directions"
    )
    num_bins: int = Field(10, ge=1, description="q, bins of guided directions")
    symmetric: bool = Field(False, description="pull in both directions")
    num_steps: int = Field(5, ge=1, description="T, gradient steps per lower-level solve")
    step_size: float = Field(0.5, gt=0, description="eta of the lower-level gradient steps")
    batch_size: int | None = Field(None, ge=1, description="samples per step; null: all of them")
    radius_floor: float = Field(1e-2, ge=1e-3, description="least radius c_j, a length in theta")

    @property
    def kind(self) -> Kind:
        """The estimator that these settings name."""
        return KINDS[self.estimator]

    def code(self) -> tuple[str, ...]:
        """Return the name of the estimator's code."""
        return (f"relaxpen.tasks.cleaning.kinds.{self.estimator.upper()}",)

    def counts(self) -> list[int]:
        """Return the numbers of directions."""
        return []

    def arrays(self, num_train: int) -> dict[str, int]:
        """Return bytes of what it holds at least, by the settings that make it so large."""
        arrays = {}
        if self.batch_size is not None:
            what = f"method.batch_size {self.batch_size} with method.num_steps {self.num_steps}"
            arrays[what] = self.batch_size * self.num_steps * NUMBER
        if self.kind.has_directions and (counts := self.counts()):
            what = f"method.num_directions {max(counts)} with data.num_train {num_train}"
            arrays[what] = max(counts) * num_train * NUMBER
        return arrays

    def check_pairs(self, counts: list[int]) -> None:
        """Raise ValueError if directions in pairs are wanted and one of the counts is odd."""
        odd = [count for count in counts if count % 2]
        if self.law == "antithetic" and self.kind.is_random and odd:
            raise ValueError(
                f"num_directions {odd[0]} cannot be paired as law antithetic does; give even numbers"
            )


class RelaxPenalize(Estimated):
    """Relax and penalize by Frank-Wolfe, with any estimator of the gradient."""

    name: Literal["relax_penalize"] = "relax_penalize"
    num_directions: int = Field(20, ge=1, description="m, directions per step")
    strength: float = Field(0.1, gt=0, description="s, strength of the value difference")
    num_rounds: int = Field(6, ge=1, description="rounds, which share the budget evenly")
    epsilon_initial: float = Field(1e5, gt=0, description="eps^0, in units of 1 / loss")
    epsilon_decay: float = Field(0.2, gt=0, lt=1, description="beta, eps^(k+1) = beta eps^k")
    step_offset: float = Field(8.0, ge=2, description="gamma_j = 2 / (j + offset)")

    def counts(self) -> list[int]:
        """Return the number of directions."""
        return [self.num_directions]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        self.check_pairs([self.num_directions])
        return self
