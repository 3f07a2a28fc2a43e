"""All settings of a run: typed, closed, complete. The one place where defaults live."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from relaxpen.experiment.data_settings import NOISY, NoisyData
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Closed, explain
from relaxpen.inputs.sizes import NUMBER, ROW, refuse_bytes, refuse_steps
from relaxpen.inputs.suggestions import nearest, unknown

FLOAT32_SMALLEST_RADIUS = 1e-3

METHODS = ("relax_penalize", "relax_round", "exact_gradient", "no_cleaning", "as_printed")
TAKE_STEPS_OVER = ("relax_round", "no_cleaning")  # their number of steps is relax_penalize's


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


class Settings(Closed):
    """The complete settings of a run, apart from its seed, its method and the machine."""

    data: NoisyData
    lower: Lower
    upper: Upper
    precision: Literal["float32", "float64"] = Field(
        "float64", description="of the lower-level solves; masks are always float64"
    )

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        upper, batch, num_train = self.upper, self.lower.batch_size or 0, self.data.num_train
        directions = f"upper.num_directions {upper.num_directions} with data.num_train {num_train}"
        rounds = f"upper.max_rounds {upper.max_rounds} with upper.steps_per_round"
        return getattr(self.data, "arrays", {}) | {
            directions: 2 * (upper.num_directions + 1) * num_train * NUMBER,
            f"lower.batch_size {batch} with lower.num_steps {self.lower.num_steps}": batch
            * self.lower.num_steps
            * NUMBER,
            f"{rounds} {upper.steps_per_round}": upper.max_rounds * upper.steps_per_round * ROW,
        }

    @model_validator(mode="after")
    def _possible(self) -> "Settings":
        upper, num_steps = self.upper, self.lower.num_steps
        refuse_bytes(self.arrays)
        refuse_steps(
            f"lower.num_steps {num_steps} in upper.max_rounds {upper.max_rounds} of "
            f"upper.steps_per_round {upper.steps_per_round}",
            num_steps * upper.max_rounds * upper.steps_per_round,
        )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
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
SOURCE_DEFAULTS: dict[str, dict[str, Any]] = {
    "synthetic": {"lower.step_size": 0.1, "precision": "float64"},
    "mnist": {"lower.step_size": 0.5, "precision": "float32"},
    "fashion_mnist": {"lower.step_size": 0.1, "precision": "float32"},
}


def resolve(overrides: dict[str, Any]) -> Settings:
    """Return complete settings from dotted keys, such as {"lower.num_steps": 5}.

    Raises SettingsError naming each key that is unknown or out of range.
    """
    source = overrides.get("data.source", "synthetic")
    if not isinstance(source, str) or source not in SOURCE_DEFAULTS:
        expected = nearest(source, list(SOURCE_DEFAULTS), " or ".join(SOURCE_DEFAULTS))
        raise SettingsError(f"data.source is {shown(source)}; {expected}")
    known = known_keys(source)
    for key in overrides:
        if key not in known:
            raise SettingsError(unknown("setting", key, known, f" for data.source {source}"))
    nested: dict[str, Any] = {"data": {"source": source}, "lower": {}, "upper": {}}
    for key, value in (SOURCE_DEFAULTS[source] | overrides).items():
        *section, name = key.split(".")
        (nested[section[0]] if section else nested)[name] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        raise SettingsError(explain(error, Settings, [source], "settings")) from None


def known_keys(source: str) -> list[str]:
    """Return every dotted key that runs on a data source may set."""
    sections = {"data": NOISY[source], "lower": Lower, "upper": Upper}
    return [f"{name}.{key}" for name, model in sections.items() for key in model.model_fields] + [
        "precision"
    ]


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(settings: BaseModel) -> str:
    """Return the SHA-256 of complete settings, a hexadecimal string."""
    return hashlib.sha256(canonical(settings.model_dump()).encode()).hexdigest()
