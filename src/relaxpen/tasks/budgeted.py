"""Settings of runs that have a budget of lower-level gradients."""

from typing import Literal

from pydantic import Field

from relaxpen.inputs.models import Closed
from relaxpen.tasks.task import MethodSettings, RunSettings


class Features(Closed):
    """What is done to the pixels."""

    scaling: Literal["unit", "standard"] = Field(
        "unit",
        description="unit: pixels / 255; standard: also mean 0, variance 1 by pixel, on train",
    )
    bias: bool = Field(True, description="a last column of ones")


class Measure(Closed):
    """What is measured on the way; it changes no iterate."""

    num_checkpoints: int = Field(16, ge=2, description="measurements, at costs of equal ratio")
    first: float = Field(0.01, gt=0, lt=1, description="cost at the first one, of the budget")
    value_every: int = Field(
        3, ge=0, description="value function at every so many of them; 0: at the end alone"
    )
    joined: bool = Field(
        True, description="also train a final model on what is kept and the validation set together"
    )


class BudgetedSettings(RunSettings):
    """What the settings of every run at a budget have, apart from its seed and the machine."""

    features: Features = Features()
    budget: float = Field(1000.0, gt=0, description="gradients over all n samples")
    precision: Literal["float32", "float64"] = Field("float32", description="of the lower level")
    measure: Measure = Measure()
    method: MethodSettings

    def num_measurements(self) -> int:
        """Return the number of checkpoints."""
        return self.measure.num_checkpoints
