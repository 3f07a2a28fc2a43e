"""All settings of a run: typed, closed, complete. The one place where defaults live."""

from typing import Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.all_sources import NoisyData
from relaxpen.inputs.models import Closed, Overrides
from relaxpen.inputs.sizes import NUMBER, ROW
from relaxpen.tasks.task import RunSettings

FLOAT32_SMALLEST_RADIUS = 1e-3


class Lower(Closed):
    """The lower-level problem and its solver."""

    num_steps: int = Field(10, ge=1, description="T, gradient steps per lower-level solve")
    step_size: float = Field(0.1, gt=0, description="eta of the lower-level gradient steps")
    ridge: float = Field(1e-3, ge=0, description="c in c |w|^2, all weights, bias included")
    batch_size: int | None = Field(None, ge=1, description="samples per step; null: all of them")
    clip: bool = Field(False, description="clip perturbed masks to [0, 1], as the thesis says")


class Upper(Closed):
    """The outer method."""

    num_directions: int = Field(20, ge=1, description="m, random directions per step")
    steps_per_round: int = Field(20, ge=1, description="J, Frank-Wolfe steps per round")
    max_rounds: int = Field(10, ge=1, description="K, rounds at most")
    epsilon_initial: float = Field(1e5, gt=0, description="eps^0, in units of 1 / loss")
    epsilon_decay: float = Field(0.2, gt=0, lt=1, description="beta, eps^(k+1) = beta eps^k")
    step_offset: float = Field(8.0, ge=2, description="gamma_j = 2 / (j + offset)")
    radius_floor: float = Field(1e-2, ge=0, description="least radius c_j, a length in theta")
    initial_mask: float = Field(0.5, ge=0, le=1, description="theta_0, the same for all samples")
    binary_tolerance: float = Field(
        1e-2, gt=0, lt=0.5, description="binary when max_i min(theta_i, 1 - theta_i) is below it"
    )


class ThesisSettings(RunSettings):
    """The complete settings of a run, apart from its seed, its method and the machine."""

    data: NoisyData
    lower: Lower = Lower()
    upper: Upper = Upper()
    precision: Literal["float32", "float64"] = Field(
        "float64", description="of the lower-level solves; masks are always float64"
    )

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        upper, batch, num_train = self.upper, self.lower.batch_size or 0, self.data.num_train
        directions = f"upper.num_directions {upper.num_directions} with data.num_train {num_train}"
        batches = f"lower.batch_size {batch} with lower.num_steps {self.lower.num_steps}"
        rounds = f"upper.max_rounds {upper.max_rounds} with upper.steps_per_round"
        return self.data.arrays | {
            directions: 2 * (upper.num_directions + 1) * num_train * NUMBER,
            batches: batch * self.lower.num_steps * NUMBER,
            f"{rounds} {upper.steps_per_round}": upper.max_rounds * upper.steps_per_round * ROW,
        }

    def sequences(self) -> dict[str, float]:
        """Return the numbers of steps that are taken one after another, by what makes them so many."""
        upper, num_steps = self.upper, self.lower.num_steps
        what = (
            f"lower.num_steps {num_steps} in upper.max_rounds {upper.max_rounds} of "
            f"upper.steps_per_round {upper.steps_per_round}"
        )
        return {what: num_steps * upper.max_rounds * upper.steps_per_round}

    def num_measurements(self) -> int:
        """Return the number of Frank-Wolfe steps at most."""
        return self.upper.max_rounds * self.upper.steps_per_round

    @classmethod
    def completed(cls, overrides: Overrides) -> Overrides:
        """Return overrides with the defaults of their data source."""
        return SOURCE_DEFAULTS.get(str(overrides["data.source"]), {}) | overrides

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.precision == "float32" and self.upper.radius_floor < FLOAT32_SMALLEST_RADIUS:
            raise ValueError(
                f"precision float32 with upper.radius_floor {self.upper.radius_floor:g}: rounding "
                "would drown the differences (docs/precision.md); use float64, or a floor of at "
                f"least {FLOAT32_SMALLEST_RADIUS:g}"
            )
        smallest = self.upper.epsilon_initial * self.upper.epsilon_decay**self.upper.max_rounds
        if smallest == 0:
            raise ValueError(
                f"epsilon_initial {self.upper.epsilon_initial:g} times epsilon_decay "
                f"{self.upper.epsilon_decay:g} to the power of max_rounds {self.upper.max_rounds} is 0; "
                "raise epsilon_decay or lower max_rounds"
            )
        batch = self.lower.batch_size
        if batch is not None and batch > self.data.num_train:
            raise ValueError(
                f"lower.batch_size {batch} is larger than data.num_train {self.data.num_train}"
            )
        return self


# What differs from the class defaults by data source (docs/deviations.md has the sources).
SOURCE_DEFAULTS: dict[str, Overrides] = {
    "synthetic": {"lower.step_size": 0.1, "precision": "float64"},
    "mnist": {"lower.step_size": 0.5, "precision": "float32"},
    "fashion_mnist": {"lower.step_size": 0.1, "precision": "float32"},
}
