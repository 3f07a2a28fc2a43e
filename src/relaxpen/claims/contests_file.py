"""What a claims file on contenders says: statements of a paper, and the checks that decide them."""

from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from relaxpen.claims.contest_measures import CONTEST_MEASURES, COUNTED
from relaxpen.claims.measures import Measure
from relaxpen.claims.model import AnyCheck, AnyClaim, AnyClaims, AnyGroup, IntervalKind
from relaxpen.inputs.models import Closed


class Entry(AnyGroup):
    """The runs of one contender on one instance of a study, at one point of its grid."""

    instance: str
    method: str
    setting: str
    mask: str = ""  # which of the masks of a run, where it has several

    def __str__(self) -> str:
        more = "".join(f", {part}" for part in (self.setting, self.mask) if part)
        return f"{self.study} {self.instance}, {self.method}{more}"


class Entries(Closed):
    """The runs of a check: one entry for each instance, method, setting and mask."""

    study: str
    instance: list[str] = Field(min_length=1)
    method: list[str] = Field(min_length=1)
    setting: list[str] = Field([""], min_length=1)
    mask: list[str] = Field([""], min_length=1)

    def entries(self) -> Iterator[Entry]:
        """Yield them."""
        parts = {name: getattr(self, name) for name in ("instance", "method", "setting", "mask")}
        for point in product(*parts.values()):
            yield Entry(study=self.study, **dict(zip(parts, point, strict=True)))


class OtherEntries(Closed):
    """In what the runs that are compared with differ; the rest is as in ``of``."""

    study: str | None = None
    instance: str | None = None
    method: list[str] = Field([])
    setting: list[str] = Field([])
    mask: list[str] = Field([])

    def beside(self, entry: Entry) -> Iterator[Entry]:
        """Yield each entry that one is compared with."""
        same = {"study": self.study or entry.study, "instance": self.instance or entry.instance}
        parts = {
            name: getattr(self, name) or [getattr(entry, name)]
            for name in ("method", "setting", "mask")
        }
        for point in product(*parts.values()):
            yield Entry(**same, **dict(zip(parts, point, strict=True)))


class ContestCheck(AnyCheck):
    """One question to runs of contenders: a measure, what it is compared with, what must come out."""

    known: ClassVar[dict[str, Measure[Any]]] = CONTEST_MEASURES

    of: Entries
    minus: OtherEntries | None = None
    over: OtherEntries | None = None
    before: OtherEntries | None = None  # the share of seeds in which ``of`` has less
    by: Literal["mean", "median"] = "mean"  # what of the effects: a median may be infinite

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.by == "median" and self.interval == "share":
            raise ValueError("a share of seeds has no median")
        return self

    @property
    def interval(self) -> IntervalKind:
        """What is estimated of the effects, with its interval."""
        counted = self.before is not None or (self.measure in COUNTED and self.relation is None)
        return "share" if counted else self.by

    @property
    def unit(self) -> str:
        """The unit of an effect."""
        return "of seeds" if self.interval == "share" else super().unit

    def pairs(self) -> Iterator[tuple[Entry, Entry | None]]:
        """Yield each entry and the one it is compared with; each pair has an outcome of its own."""
        other = self.minus or self.over or self.before
        for entry in self.of.entries():
            if other is None:
                yield entry, None
                continue
            for beside in other.beside(entry):
                yield entry, beside


class ContestClaim(AnyClaim[ContestCheck]):
    """A statement of a paper in our words, and what decides it or why nothing can."""


class ContestClaims(AnyClaims[ContestClaim]):
    """A claims file on the contenders of a group of studies."""

    group: str  # made by make GROUP
