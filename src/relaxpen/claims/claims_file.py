"""What the thesis' claims file says: each statement of the thesis, and the checks that decide it."""

from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from relaxpen.claims.measures import MEASURES, Measure
from relaxpen.claims.model import AnyCheck, AnyClaim, AnyClaims, AnyGroup
from relaxpen.inputs.models import Closed


class Group(AnyGroup):
    """Runs that give one number per seed: one cell, or the same cell at several T."""

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


class Selection(Closed):
    """The runs of a check: one group for each noise rate and T."""

    study: str
    source: Literal["synthetic", "mnist"]
    noise_rate: list[float] = Field(min_length=1)
    num_steps: list[int] = Field(min_length=1)
    method: str = "relax_penalize"
    mask: str = "nearest"


class Other(Closed):
    """In what the runs that are compared with differ; the rest is as in ``of``."""

    study: str | None = None
    source: Literal["synthetic", "mnist"] | None = None
    noise_rate: float | None = None
    num_steps: list[int] = Field([])
    method: str | None = None
    mask: str | None = None


class Check(AnyCheck):
    """One question to runs: a measure, what it is compared with, and what must come out."""

    known: ClassVar[dict[str, Measure[Any]]] = MEASURES

    of: Selection
    across: Literal["slope", "best"] | None = None  # one number from all T of a seed
    minus: Other | None = None
    over: Other | None = None

    @model_validator(mode="after")
    def _several_steps(self) -> Self:
        if self.across and len(self.of.num_steps) < 2:
            raise ValueError("across needs at least two values of num_steps")
        return self

    @property
    def unit(self) -> str:
        """The unit of an effect."""
        if self.relation == "over" or not self.across:
            return super().unit
        if self.across == "best":
            return "doublings of T"
        return f"{super().unit} per doubling of T".strip()

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


class Claim(AnyClaim[Check]):
    """A statement of the thesis in our words, and what decides it or why nothing can."""


class Claims(AnyClaims[Claim]):
    """The claims file of the thesis."""
