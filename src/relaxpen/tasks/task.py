"""What a task is: a problem with settings, methods, a run, measures, tables and figures."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from pydantic import model_validator

from relaxpen.data.sources.source import DataSettings
from relaxpen.inputs.models import Closed, Overrides
from relaxpen.inputs.sizes import refuse_bytes, refuse_steps

Row = dict[str, Any]  # of a trace, or of a summary

LOSSES = "losses in nats"
REFERENCES = "references"  # the name of the models that every method is set beside


class MethodSettings(Closed):
    """The settings of a method, which has a name."""

    name: str

    def code(self) -> tuple[str, ...]:
        """Return the dotted names of the code that these settings choose by a name."""
        return ()

    def arrays(self, num_train: int) -> dict[str, int]:
        """Return bytes of what it holds at least, by the settings that make it so large."""
        del num_train
        return {}


class RunSettings(Closed):
    """What the complete settings of every run have, apart from its seed and the machine."""

    data: DataSettings

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        return self.data.arrays

    @model_validator(mode="after")
    def _possible(self) -> Self:
        refuse_bytes(self.arrays)
        for what, steps in self.sequences().items():
            refuse_steps(what, steps)
        return self

    def sequences(self) -> dict[str, float]:
        """Return the numbers of steps that are taken one after another, by what makes them so many."""
        return {}

    @abstractmethod
    def num_measurements(self) -> int:
        """Return the rows that the trace of a run has at most, for progress."""

    @classmethod
    def completed(cls, overrides: Overrides) -> Overrides:
        """Return overrides, shorthands replaced by what they stand for, defaults by source added."""
        return overrides

    @classmethod
    def meaningless(cls) -> tuple[str, ...]:
        """Return the keys of methods' settings that mean nothing here."""
        return ()


Settings = TypeVar("Settings", bound=RunSettings)


class Asked(NamedTuple):
    """Which run of its settings is wanted."""

    method: str
    seed: int
    num_steps: int | None = None  # of the outer method; None: until it is done


class InstanceFiles(NamedTuple):
    """Where the data of a run lies."""

    folder: Path  # with split/ and, of data with class labels, labels/
    pool: Path | None  # the npz file of the source, if it is one of files


@dataclass(frozen=True)
class Point:
    """One method on one instance at one setting: what a batch of runs is made from."""

    instance: str  # swept settings, such as "source=mnist,noise_rate=0.2"
    method: str
    name: str  # the other swept settings, such as "num_steps=5", or "" if there are none
    folder: str  # of its runs, within the folder of the study
    title: str
    swept: Overrides
    overrides: Overrides  # what differs from the defaults
    settings: RunSettings
    seeds: tuple[int, ...]
    steps_of: str | None = None  # folder of the runs whose number of steps is taken over

    def settings_as(self, kind: type[Settings]) -> Settings:
        """Return the settings, which must be of a kind; raises TypeError if they are of another."""
        if not isinstance(self.settings, kind):
            raise TypeError(
                f"{self.folder} has {type(self.settings).__name__}, not {kind.__name__}"
            )
        return self.settings


class Shown(Protocol):
    """What tables may ask of the study that they show."""

    @property
    def points(self) -> Sequence[Point]:
        """What was run."""
        ...

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds of every point, or the first ones."""
        ...

    @property
    def targets(self) -> Sequence[float | str]:
        """Test losses whose time to reach is measured."""
        ...


class Table(NamedTuple):
    """A table: what it shows, and the function (summary, traces, study) that makes it."""

    maker: str  # dotted name
    shows: str = ""  # for readers; "": a table that figures alone read, as CSV
    columns: tuple[str, ...] = ()  # that are printed, in order; none: all it has
    unit: str = LOSSES  # in the note below it
    needs: tuple[str, ...] = ()  # methods without which there is nothing to show


class Drawing(NamedTuple):
    """A figure: what it shows, and the function (tables by name) that draws it."""

    drawer: str  # dotted name
    shows: str
    tables: tuple[str, ...]  # if the first one is empty there is nothing to draw
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A problem with all that studies need of it; functions are dotted names, imported when they run."""

    name: str  # in study files
    rule: str  # of its runs, in manifests
    does: str  # for sentences: "labels are cleaned"
    settings: type[RunSettings]
    sources: tuple[str, ...]
    methods: Mapping[str, type[MethodSettings] | None]  # by name; None: no settings of its own
    load: str  # load(settings, files, seed, device) -> what runs read
    run: str  # run(settings, what was loaded, asked) -> the growing result
    metrics: tuple[str, ...]  # columns of the summary, there even if no run has them
    tables: Mapping[str, Table]
    figures: Mapping[str, Drawing]
    masks: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by method, if not one alone
    references: str = ""  # like ``run``, of the models that every method is set beside

    @property
    def names_methods_alone(self) -> bool:
        """Whether methods are names beside the settings, of which a study sweeps cells."""
        return None in self.methods.values()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of its runs, as manifests have them."""
        return (self.rule, REFERENCES) if self.references else (self.rule,)

    def rule_of(self, method: str) -> str:
        """Return the rule of the runs of a method."""
        return REFERENCES if method == REFERENCES else self.rule

    def run_of(self, rule: str) -> str:
        """Return the dotted name of what runs a rule."""
        return self.references if rule == REFERENCES else self.run


def imported(name: str) -> Any:
    """Return what a dotted name names."""
    module, _, member = name.rpartition(".")
    return getattr(import_module(module), member)
