"""Settings of runs that have a budget of lower-level gradients."""

from typing import Literal

from pydantic import Field

from relaxpen.data.sources.source import LabelledSettings
from relaxpen.inputs.models import Closed
from relaxpen.inputs.sizes import ROW
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
    first: float = Field(0.01, ge=1e-9, lt=1, description="cost at the first one, of the budget")
    value_every: int = Field(
        3, ge=0, description="value function at every n-th of them; 0: only at the end"
    )
    joined: bool = Field(
        True, description="also train a final model on what is kept and the validation set together"
    )


class BudgetedSettings(RunSettings):
    """What the settings of every run at a budget have, apart from its seed and the machine."""

    data: LabelledSettings
    features: Features = Features()
    budget: float = Field(1000.0, gt=0, description="gradients over all n samples")
    precision: Literal["float32", "float64"] = Field(
        "float32", description="precision of the lower level"
    )
    measure: Measure = Measure()
    method: MethodSettings

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        rows = self.measure.num_checkpoints
        own = {f"measure.num_checkpoints {rows}": rows * ROW}
        return self.data.arrays | own | self.method.arrays(self.data.num_train)

    def sequences(self) -> dict[str, float]:
        """Return the numbers of steps that are taken one after another, by what makes them so many."""
        num_train = self.data.num_train
        batch = getattr(self.method, "batch_size", None) or num_train
        return {f"budget {self.budget:g}": self.budget * num_train / min(batch, num_train)}

    def num_measurements(self) -> int:
        """Return the number of checkpoints."""
        return self.measure.num_checkpoints
