"""Settings of all that estimates the gradient of relax and penalize."""

from typing import Annotated, Literal

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


class Agreement(Estimated):
    """How near the estimates of relax and penalize come to the exact gradient, at one mask."""

    name: Literal["agreement"] = "agreement"
    num_directions: list[Annotated[int, Field(ge=1)]] = Field(
        [1, 2, 5, 10, 20, 50, 100, 200],
        min_length=1,
        description="numbers m of directions, growing: those of a smaller one are the first",
    )
    strengths: list[Annotated[float, Field(gt=0)]] = Field(
        [0.1], min_length=1, description="strengths s of the value difference"
    )
    num_draws: int = Field(1, ge=1, description="repetitions with other directions and batches")
    num_exact_steps: int = Field(
        0,
        ge=0,
        description="Frank-Wolfe steps with the exact gradient that lead to the mask and the "
        "parameters at which is measured; 0: the uniform mask and a cold start",
    )
    warm_steps: int = Field(
        0, ge=0, description="lower-level steps at that mask before the solves begin"
    )

    @model_validator(mode="after")
    def _measurable(self) -> "Agreement":
        counts = self.num_directions
        if counts != sorted(set(counts)):
            raise ValueError(
                f"num_directions {counts} do not grow; give each number once, in order"
            )
        self.check_pairs(counts)
        if self.estimator == "guided_and_random" and counts[0] < self.num_bins:
            raise ValueError(
                f"num_directions {counts[0]} is below num_bins {self.num_bins}: a search with so few "
                "would guide fewer; begin with num_bins"
            )
        if self.estimator not in WITH_DIRECTIONS and self.batch_size is None and self.num_draws > 1:
            raise ValueError(
                f"num_draws {self.num_draws} would all be the same: {self.estimator} with full batches "
                "draws nothing; give 1"
            )
        return self
