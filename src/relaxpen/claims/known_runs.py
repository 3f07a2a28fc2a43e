"""The runs that studies have, for claims to name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from relaxpen.claims.claims_file import Check, Group
from relaxpen.claims.contests_file import ContestCheck, Entry
from relaxpen.claims.measures import MEASURES
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.suggestions import unknown
from relaxpen.studies.points import expand
from relaxpen.studies.study import Study, load_study
from relaxpen.tasks.task import REFERENCES, Point


@dataclass(frozen=True)
class KnownRuns:
    """What a study of the thesis' method has."""

    cells: set[tuple[str, float, int]]
    methods: list[str]
    masks: Mapping[str, tuple[str, ...]]  # by method, of those that have several
    references: bool
    shown: list[str]

    @classmethod
    def of(cls, study: Study, points: list[Point]) -> Self:
        """Return what a study has."""
        keys = ("source", "noise_rate", "num_steps")
        cells = {tuple(one.columns[key] for key in keys) for one in points}
        return cls(
            cells,
            [*study.methods, *([REFERENCES] if study.references else [])],
            study.of_task.masks,
            study.references,
            [*study.tables, *study.figures],
        )

    def check(self, check: Check, group: Group, where: str) -> None:
        """Refuse runs that the study does not have, and what cannot be measured on them."""
        for num_steps in group.num_steps:
            if (group.source, group.noise_rate, num_steps) not in self.cells:
                cell = f"{group.source}, noise_rate={group.noise_rate:g}, num_steps={num_steps}"
                raise SettingsError(f"study {group.study} has no cell {cell}{where}")
        if group.method not in self.methods:
            raise SettingsError(unknown("method", group.method, self.methods, where))
        masks = list(self.masks.get(group.method, ("nearest",)))
        if group.mask not in masks:
            raise SettingsError(unknown("mask", group.mask, masks, where))
        reads = MEASURES[check.measure].reads
        if group.method == REFERENCES and reads != "summary":
            raise SettingsError(f"references have no trace to take {check.measure} from{where}")
        if reads == "references" and not self.references:
            raise SettingsError(f"{check.measure} needs references: true in {group.study}{where}")


@dataclass(frozen=True)
class KnownContests:
    """What a study of contenders has."""

    entries: dict[str, dict[str, list[str]]]  # settings by instance and method
    masks: dict[str, list[str]]  # by method
    shown: list[str]

    @classmethod
    def of(cls, study: Study, points: list[Point]) -> Self:
        """Return what a study has."""
        entries: dict[str, dict[str, list[str]]] = {}
        masks: dict[str, list[str]] = {}
        for one in points:
            entries.setdefault(one.instance, {}).setdefault(one.method, []).append(one.name)
            named = str(one.overrides["method.name"])
            masks[one.method] = list(study.of_task.masks.get(named, ("",)))
        return cls(entries, masks, [*study.tables, *study.figures])

    def check(self, check: ContestCheck, group: Entry, where: str) -> None:
        """Refuse runs that the study does not have."""
        del check
        known = list(self.entries)
        if group.instance not in known:
            raise SettingsError(unknown("instance", group.instance, known, where))
        methods = self.entries[group.instance]
        if group.method not in methods:
            raise SettingsError(unknown("method", group.method, list(methods), where))
        if group.setting not in methods[group.method]:
            named = [setting or '""' for setting in methods[group.method]]
            raise SettingsError(unknown("setting", group.setting, named, where))
        if group.mask not in (masks := self.masks[group.method]):
            raise SettingsError(unknown("mask", group.mask or '""', masks, where))


def known_of(config: Path, name: str) -> KnownRuns | KnownContests:
    """Return what a study of a folder of configuration has; raises SettingsError if there is none."""
    study = load_study(config / f"studies/{name}.yaml")
    kind = KnownRuns if study.of_task.names_methods_alone else KnownContests
    return kind.of(study, expand(study, config.parent))
