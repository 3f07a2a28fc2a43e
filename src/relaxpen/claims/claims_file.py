"""What a claims file says: each statement of the thesis, and the checks that decide it."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Group(_Closed):
    """Runs that give one number per seed: one cell, or the same cell at several T."""

    study: str
    source: str
    noise_rate: float
    num_steps: tuple[int, ...]
    method: str
    mask: str

    def __str__(self) -> str:
        steps = ", ".join(map(str, self.num_steps))
        steps = "" if self.method == "references" else f", T = {steps}"
        mask = "" if self.mask == "nearest" else f", {self.mask}"
        return f"{self.source} {self.noise_rate:g}{steps}, {self.method}{mask}"


class Selection(_Closed):
    """The runs of a check: one group for each noise rate and T."""

    study: str
    source: Literal["synthetic", "mnist"]
    noise_rate: list[float] = Field(min_length=1)
    num_steps: list[int] = Field(min_length=1)
    method: str = "relax_penalize"
    mask: str = "nearest"


class Other(_Closed):
    """In what the runs that are compared with differ; the rest is as in ``of``."""

    study: str | None = None
    source: Literal["synthetic", "mnist"] | None = None
    noise_rate: float | None = None
    num_steps: list[int] = []
    method: str | None = None
    mask: str | None = None


class Check(_Closed):
    """One question to runs: a measure, what it is compared with, and what must come out."""

    measure: str
    of: Selection
    across: Literal["slope", "best"] | None = None  # one number from all T of a seed
    minus: Other | None = None
    over: Other | None = None
    below: float | None = None
    above: float | None = None
    within: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        if sum(value is not None for value in (self.below, self.above, self.within)) != 1:
            raise ValueError("a check has exactly one of below, above and within")
        if self.minus and self.over:
            raise ValueError("a check has at most one of minus and over")
        if self.across and len(self.of.num_steps) < 2:
            raise ValueError("across needs at least two values of num_steps")
        return self

    def pairs(self) -> Iterator[tuple[Group, Group | None]]:
        """Yield each group and the one it is compared with; each pair has an outcome of its own."""
        chosen = self.of.model_dump(exclude={"noise_rate", "num_steps"})
        for noise_rate, num_steps in product(self.of.noise_rate, self._steps(self.of.num_steps)):
            group = Group(**chosen, noise_rate=noise_rate, num_steps=num_steps)
            other = self.minus or self.over
            if other is None:
                yield group, None
                continue
            changes = other.model_dump(exclude={"num_steps"}, exclude_none=True)
            for steps in self._steps(other.num_steps) or [num_steps]:
                yield group, group.model_copy(update=changes | {"num_steps": steps})

    def _steps(self, num_steps: list[int]) -> list[tuple[int, ...]]:
        if self.across and num_steps:
            return [tuple(num_steps)]
        return [(steps,) for steps in num_steps]


class Claim(_Closed):
    """A statement of the thesis in our words, and what decides it or why nothing can."""

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    line: int = Field(ge=1)  # of the thesis' text
    figure: str | None = None  # of the thesis, such as "4.1"
    statement: str
    criterion: str | None = None
    checks: list[Check] = []
    reason: str | None = None  # why it cannot be decided
    note: str | None = None  # what a reader should know of how it was read
    evidence: list[str] = []  # study/figure or study/table

    @model_validator(mode="after")
    def _checks_or_reason(self) -> Self:
        if bool(self.checks) == bool(self.reason):
            raise ValueError(f"claim {self.id} needs either checks or a reason")
        if self.checks and not (self.criterion and self.evidence):
            raise ValueError(f"claim {self.id} has checks, so it needs criterion and evidence")
        return self


class Claims(_Closed):
    """The claims file."""

    claims: list[Claim] = Field(min_length=1)

    @cached_property
    def studies(self) -> list[str]:
        """The studies whose runs decide the claims, in order of first use."""
        groups = (
            group
            for claim in self.claims
            for check in claim.checks
            for pair in check.pairs()
            for group in pair
            if group
        )
        return list(dict.fromkeys(group.study for group in groups))
