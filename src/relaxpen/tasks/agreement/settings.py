"""Settings of a measurement of estimates."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relaxpen.inputs.sizes import ROW
from relaxpen.tasks.cleaning.estimators import Estimated
from relaxpen.tasks.cleaning.settings import LabelledSettings


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

    def counts(self) -> list[int]:
        """Return the numbers of directions."""
        return self.num_directions

    def arrays(self, num_train: int) -> dict[str, int]:
        """Return bytes of what it holds at least, by the settings that make it so large."""
        rows = {f"method.num_draws {self.num_draws}": self.num_draws * ROW}
        return super().arrays(num_train) | rows

    @model_validator(mode="after")
    def _measurable(self) -> Self:
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
        if not self.kind.has_directions and self.batch_size is None and self.num_draws > 1:
            raise ValueError(
                f"num_draws {self.num_draws} would all be the same: {self.estimator} with full batches "
                "draws nothing; give 1"
            )
        return self


class AgreementSettings(LabelledSettings):
    """The complete settings of a measurement of estimates."""

    method: Agreement
