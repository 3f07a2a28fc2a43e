"""All settings of a run of the relax-and-penalize paper: the data, the lower level, the method."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.group_lasso import GroupLassoData
from relaxpen.inputs.models import Closed
from relaxpen.tasks.rounds_settings import PenalizedSettings, Rounds


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


class Saga(Rounds):
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
    def _strengths_are_in_order(self) -> Self:
        if not self.least_strength <= self.initial_strength <= self.largest_strength:
            raise ValueError(
                f"initial_strength {self.initial_strength:g} must be between least_strength "
                f"{self.least_strength:g} and largest_strength {self.largest_strength:g}"
            )
        return self


class GroupLassoSettings(PenalizedSettings):
    """The complete settings of a run that learns groups."""

    data: GroupLassoData
    lower: GroupLassoLower = GroupLassoLower()
    method: Saga
    measure_every: int = Field(500, ge=1, description="steps between measurements")

    def steps_of_lower_level(self) -> int:
        """Return the dual steps that each step of a search waits for."""
        return self.lower.num_steps if self.lower.solver == "dual_steps" else 1

    @model_validator(mode="after")
    def _batches_have_tasks(self) -> Self:
        if self.method.batch_size > self.data.num_tasks:
            raise ValueError(
                f"method.batch_size {self.method.batch_size} is larger than data.num_tasks "
                f"{self.data.num_tasks}; give at most one per task"
            )
        return self
