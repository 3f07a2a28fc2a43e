"""Settings of all that estimates the gradient of relax and penalize."""

from typing import Literal

from pydantic import Field, model_validator

from relaxpen.inputs.models import Closed

RANDOM = ("random", "guided_and_random", "controlled")
WITH_DIRECTIONS = (*RANDOM, "guided")
PULLED = ("value_difference", "controlled")


class Estimated(Closed):
    """An estimator of the gradient, and the lower level that it solves."""

    estimator: Literal[
        "random", "guided", "guided_and_random", "value_difference", "controlled", "exact"
    ] = Field("value_difference", description="where the gradient comes from (docs/estimators.md)")
    law: Literal["gaussian", "rademacher", "sphere", "orthogonal", "antithetic"] = Field(
        "gaussian", description="law of the random directions"
    )
    num_bins: int = Field(10, ge=1, description="q, bins of guided directions")
    symmetric: bool = Field(False, description="pull in both directions")
    num_steps: int = Field(5, ge=1, description="T, gradient steps per lower-level solve")
    step_size: float = Field(0.5, gt=0, description="eta of the lower-level gradient steps")
    batch_size: int | None = Field(None, ge=1, description="samples per step; null: all of them")
    radius_floor: float = Field(1e-2, ge=1e-3, description="least radius c_j, a length in theta")

    def check_pairs(self, counts: list[int]) -> None:
        """Raise ValueError if directions in pairs are wanted and one of the counts is odd."""
        odd = [count for count in counts if count % 2]
        if self.law == "antithetic" and self.estimator in RANDOM and odd:
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

    @model_validator(mode="after")
    def _paired(self) -> "RelaxPenalize":
        self.check_pairs([self.num_directions])
        return self
