"""All settings of a run that cleans labels at a budget."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.all_sources import NoisyData
from relaxpen.inputs.models import Closed
from relaxpen.tasks.budgeted import BudgetedSettings
from relaxpen.tasks.cleaning.estimators import Estimated
from relaxpen.tasks.cleaning.methods import CleaningMethod
from relaxpen.tasks.task import MethodSettings


class CleaningLower(Closed):
    """The lower-level problem that all methods share."""

    ridge: float = Field(1e-3, ge=0, description="c in c |w|^2, all weights, bias included")


class LabelledSettings(BudgetedSettings):
    """The settings of every run that is given samples with wrong labels."""

    data: NoisyData
    lower: CleaningLower = CleaningLower()
    initial_weight: float = Field(
        0.5, gt=0, lt=1, description="weight of every sample at the start"
    )
    method: MethodSettings

    @model_validator(mode="after")
    def _bins_have_samples(self) -> Self:
        method = self.method
        if not isinstance(method, Estimated) or not method.estimator.startswith("guided"):
            return self
        if method.num_bins > self.data.num_train:
            raise ValueError(
                f"method.num_bins {method.num_bins} is larger than data.num_train "
                f"{self.data.num_train}; give at most one per sample"
            )
        return self


class CleaningSettings(LabelledSettings):
    """The complete settings of a run that cleans labels."""

    method: Annotated[CleaningMethod, Field(discriminator="name")]
