"""What every claims file says: statements, and checks that decide them, whatever the runs are."""

from abc import abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Field, model_validator

from relaxpen.claims.measures import Measure
from relaxpen.inputs.models import Closed

RELATIONS = {"minus": "minus", "over": "divided by", "before": "before"}
IntervalKind = Literal["mean", "median", "share"]


class AnyGroup(Closed):
    """Runs that give one number per seed."""

    study: str


class AnyCheck(Closed):
    """One question to runs: a measure, and what must come out."""

    known: ClassVar[dict[str, Measure]] = Field({})  # every measure of such runs

    measure: str
    below: float | None = None
    above: float | None = None
    within: Annotated[tuple[float, float], Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        if sum(value is not None for value in (self.below, self.above, self.within)) != 1:
            raise ValueError("a check has exactly one of below, above and within")
        if sum(getattr(self, name, None) is not None for name in RELATIONS) > 1:
            names = [name for name in RELATIONS if name in type(self).model_fields]
            raise ValueError(f"a check has at most one of {', '.join(names)}")
        return self

    @property
    def relation(self) -> str | None:
        """How two sides are compared, one of RELATIONS; None if there is one side."""
        return next((name for name in RELATIONS if getattr(self, name, None)), None)

    @property
    def interval(self) -> IntervalKind:
        """What is estimated of the effects, with its interval."""
        return "mean"

    @property
    def unit(self) -> str:
        """The unit of an effect."""
        return "times" if self.relation == "over" else self.known[self.measure].unit

    @abstractmethod
    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """Yield each group and the one it is compared with; each pair has an outcome of its own."""


CheckKind = TypeVar("CheckKind", bound=AnyCheck)


class AnyClaim(Closed, Generic[CheckKind]):
    """A statement of a text in our words, and what decides it or why nothing can."""

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    line: int = Field(ge=1)  # of the text
    figure: str | None = None  # of the text, such as "4.1"
    ours: bool = False  # not of the text: a control that we put beside it
    statement: str
    criterion: str | None = None
    checks: list[CheckKind] = Field([])
    reason: str | None = None  # why it cannot be decided
    note: str | None = None  # what a reader should know of how it was read
    evidence: list[str] = Field([])  # study/figure or study/table

    @model_validator(mode="after")
    def _checks_or_reason(self) -> Self:
        if bool(self.checks) == bool(self.reason):
            raise ValueError(f"claim {self.id} needs either checks or a reason")
        if self.checks and not (self.criterion and self.evidence):
            raise ValueError(f"claim {self.id} has checks, so it needs criterion and evidence")
        return self


ClaimKind = TypeVar("ClaimKind", bound=AnyClaim)


class AnyClaims(Closed, Generic[ClaimKind]):
    """A claims file."""

    claims: list[ClaimKind] = Field(min_length=1)

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
