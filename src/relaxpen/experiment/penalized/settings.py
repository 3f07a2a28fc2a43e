"""All settings of a run of the relax-and-penalize paper: the data, the lower level, the method."""

from math import gcd
from typing import Annotated, Literal

from pydantic import Field, model_validator

from relaxpen.experiment.data_settings import DistilledData, GroupLassoData
from relaxpen.inputs.errors import shown
from relaxpen.inputs.models import Closed
from relaxpen.inputs.sizes import NUMBER, ROW, refuse_bytes, refuse_steps


class GroupLassoLower(Closed):
    """The regressions below the groups."""

    solver: Literal["fixed_point", "dual_steps"] = Field(
        "fixed_point", description="solved to convergence, or by q dual steps as published"
    )
    ridge: float = Field(1e-3, ge=1e-12, description="eta in (eta / 2) |w|^2")
    length: float = Field(
        1e4, gt=0, le=1e12, description="fixed point: kinks are rounded off at 1 / s"
    )
    num_steps: int = Field(500, ge=1, description="dual steps: q")


class _Rounds(Closed):
    """Projected gradient steps, in rounds under a penalty that grows, or without one."""

    penalized: bool = Field(True, description="false: the relaxation alone, the penalty is 0")
    round_lengths: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (100,) * 10, min_length=1, strict=False, description="steps of each round"
    )
    tolerance: float = Field(
        1e-2, gt=0, lt=0.5, description="binary if every entry is within this of 0 or 1"
    )

    @property
    def steps_per_round(self) -> int:
        """The steps of a round of the outer loop, of which a published one has a whole number."""
        return gcd(*self.round_lengths)

    @property
    def stages(self) -> list[int]:
        """The published round that each round of the outer loop belongs to."""
        lengths = [length // self.steps_per_round for length in self.round_lengths]
        return [number for number, length in enumerate(lengths) for _ in range(length)]


class Saga(_Rounds):
    """SAGA over tasks, each step projected; the strength is learnt with the groups."""

    name: Literal["saga"] = "saga"
    round_lengths: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (5000, 5000, 2500, 2500, 2500, 2500),
        min_length=1,
        strict=False,
        description="steps of each round",
    )
    batch_size: int = Field(1, ge=1, description="tasks in a step")
    step_size: float = Field(0.4 / 3, gt=0, description="step size of theta")
    strength_scale: float = Field(
        5e-3, gt=0, description="step size of lambda relative to that of theta"
    )
    initial_strength: float = Field(0.1, gt=0, description="lambda at the start")
    least_strength: float = Field(1e-3, gt=0, description="smallest lambda")
    largest_strength: float = Field(1.0, gt=0, description="largest lambda")
    spread: float = Field(1e-2, ge=0, le=1, description="deviation from 1 / L at the start")
    epsilon_initial: float = Field(1e5, gt=0, description="eps of the first round")
    epsilon_decay: float = Field(1e-7**0.1, gt=0, lt=1, description="beta: eps by round")

    @model_validator(mode="after")
    def _strengths_are_in_order(self) -> "Saga":
        if not self.least_strength <= self.initial_strength <= self.largest_strength:
            raise ValueError(
                f"initial_strength {self.initial_strength:g} must be between least_strength "
                f"{self.least_strength:g} and largest_strength {self.largest_strength:g}"
            )
        return self


class Projected(_Rounds):
    """Projected gradient steps on the weights of samples."""

    name: Literal["projected"] = "projected"
    step_size: float = Field(0.3, gt=0, description="step size of the weights")
    gradient: Literal["exact", "published", "sampled"] = Field(
        "exact",
        description="all entries; published: the public code, without 1/m; sampled: the same with 1/m",
    )
    batch_size: int = Field(600, ge=1, description="entries of a gradient that is not exact")
    projection: Literal["exact", "published"] = Field(
        "exact",
        description="exact: onto the budget; published: as the public code, which can miss it",
    )
    epsilon_initial: float = Field(1e10, gt=0, description="eps of the first round")
    epsilon_decay: float = Field(1e-17**0.1, gt=0, lt=1, description="beta: eps by round")


class Subset(Closed):
    """No optimisation."""

    name: Literal["subset"] = "subset"
    rule: Literal["random", "equal", "all"] = Field(
        "random", description="a random subset of the budget, equal weights of its sum, all data"
    )


class PenalizedSettings(Closed):
    """What the settings of every run of this paper have, apart from its seed and the machine."""

    method: Closed
    measure_every: int = Field(100, ge=1, description="steps between measurements")

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        lengths = getattr(self.method, "round_lengths", (1,))
        rounds = f"method.round_lengths {shown(lengths)}"
        rows = {
            f"measure_every {self.measure_every}": self.num_measurements * ROW,
            f"{rounds} of common divisor {gcd(*lengths)}": sum(lengths) // gcd(*lengths) * NUMBER,
        }
        return rows | getattr(getattr(self, "data", None), "arrays", {})

    @model_validator(mode="after")
    def _possible(self) -> "PenalizedSettings":
        refuse_bytes(self.arrays)
        lengths, lower = getattr(self.method, "round_lengths", (1,)), getattr(self, "lower", None)
        dual = lower.num_steps if lower is not None and lower.solver == "dual_steps" else 1
        refuse_steps(f"method.round_lengths {shown(lengths)}", sum(lengths) * dual)
        return self

    @property
    def num_measurements(self) -> int:
        """The rows of the trace of a search that takes all its steps; 1 without a search."""
        steps = sum(getattr(self.method, "round_lengths", ()))
        return max(1, steps // self.measure_every)


class GroupLassoSettings(PenalizedSettings):
    """The complete settings of a run that learns groups."""

    data: GroupLassoData
    lower: GroupLassoLower = GroupLassoLower()
    method: Saga
    measure_every: int = Field(500, ge=1, description="steps between measurements")

    @property
    def rule(self) -> str:
        """The rule whose code makes such a run."""
        return "group_lasso"

    @model_validator(mode="after")
    def _batches_have_tasks(self) -> "GroupLassoSettings":
        if self.method.batch_size > self.data.num_tasks:
            raise ValueError(
                f"method.batch_size {self.method.batch_size} is larger than data.num_tasks "
                f"{self.data.num_tasks}; give at most one per task"
            )
        return self


class DistillationSettings(PenalizedSettings):
    """The complete settings of a run that distils data."""

    data: DistilledData
    ridge: float = Field(100.0, ge=0, description="s in s |W|^2")
    budget: float = Field(0.1, gt=0, description="tau, as a share of the training samples")
    method: Annotated[Projected | Subset, Field(discriminator="name")]

    @property
    def rule(self) -> str:
        """The rule whose code makes such a run."""
        return "distillation"

    @property
    def num_kept(self) -> int:
        """tau, the number of samples that may be kept."""
        return round(self.budget * self.data.num_train)

    @model_validator(mode="after")
    def _budget_can_be_met(self) -> "DistillationSettings":
        if not 1 <= self.num_kept <= self.data.num_train:
            raise ValueError(
                f"budget {self.budget} is {self.num_kept} of {self.data.num_train} training samples; "
                "give a share that is at least 1 sample and at most all of them"
            )
        return self
