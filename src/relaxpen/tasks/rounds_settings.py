"""Settings that searches in rounds share."""

from math import gcd
from typing import Annotated

from pydantic import Field

from relaxpen.inputs.errors import shown
from relaxpen.inputs.sizes import NUMBER, ROW
from relaxpen.tasks.task import MethodSettings, RunSettings


class Rounds(MethodSettings):
    """Projected gradient steps, in rounds under a penalty that grows, or without one."""

    penalized: bool = Field(True, description="false: the relaxation alone, the penalty is 0")
    round_lengths: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (100,) * 10, min_length=1, strict=False, description="steps of each round"
    )
    tolerance: float = Field(
        1e-2, gt=0, lt=0.5, description="binary if every entry is within this of 0 or 1"
    )
    epsilon_initial: float = Field(1e10, gt=0, description="eps of the first round")
    epsilon_decay: float = Field(1e-17**0.1, gt=0, lt=1, description="beta: eps by round")

    @property
    def steps_per_round(self) -> int:
        """The steps of a round of the outer loop, of which a published one has a whole number."""
        return gcd(*self.round_lengths)

    @property
    def stages(self) -> list[int]:
        """The published round that each round of the outer loop belongs to."""
        lengths = [length // self.steps_per_round for length in self.round_lengths]
        return [number for number, length in enumerate(lengths) for _ in range(length)]


class PenalizedSettings(RunSettings):
    """What the settings of every run of this paper have, apart from its seed and the machine."""

    method: MethodSettings
    measure_every: int = Field(100, ge=1, description="steps between measurements")

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        lengths = getattr(self.method, "round_lengths", (1,))
        rounds = f"method.round_lengths {shown(lengths)}"
        rows = {
            f"measure_every {self.measure_every}": self.num_measurements() * ROW,
            f"{rounds} of common divisor {gcd(*lengths)}": sum(lengths) // gcd(*lengths) * NUMBER,
        }
        return rows | self.data.arrays

    def sequences(self) -> dict[str, float]:
        """Return the numbers of steps that are taken one after another, by what makes them so many."""
        lengths = getattr(self.method, "round_lengths", (1,))
        return {
            f"method.round_lengths {shown(lengths)}": sum(lengths) * self.steps_of_lower_level()
        }

    def steps_of_lower_level(self) -> int:
        """Return the steps that each step of a search waits for, 1 where there is a closed form."""
        return 1

    def num_measurements(self) -> int:
        """Return the rows of the trace of a search that takes all its steps; 1 without a search."""
        steps = sum(getattr(self.method, "round_lengths", ()))
        return max(1, steps // self.measure_every)
