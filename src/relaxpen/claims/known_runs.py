"""The runs that studies and comparisons have, for claims to name."""

from dataclasses import dataclass
from pathlib import Path

from relaxpen.claims.claims_file import Check, Group
from relaxpen.claims.contests_file import ContestCheck, Entry
from relaxpen.claims.measures import MEASURES
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.suggestions import unknown
from relaxpen.studies import contests as compared
from relaxpen.studies.study import cells, load_study

# Of comparisons, by the name of the method in its settings; any other has one row per run.
CONTEST_MASKS = {
    "saga": ["oracle", "relaxed", "half", "argmax"],
    "projected": ["relaxed", "half", "top"],
    "subset": ["nearest"],
}
MASKS = {"references": ["noisy", "oracle", "validation_only"], "relax_round": ["nearest", "budget"]}


@dataclass(frozen=True)
class KnownRuns:
    """What a study of the thesis' method has."""

    cells: set[tuple[str, float, int]]
    methods: list[str]
    references: bool
    shown: list[str]

    @classmethod
    def of(cls, config: Path, name: str) -> "KnownRuns":
        """Read a study of a folder of configuration; raises SettingsError if there is none."""
        study = load_study(config / f"studies/{name}.yaml")
        every = [cell.settings for cell in cells(study)]
        return cls(
            {(one.data.source, one.data.noise_rate, one.lower.num_steps) for one in every},
            [*study.methods, *(["references"] if study.references else [])],
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
        masks = MASKS.get(group.method, ["nearest"])
        if group.mask not in masks:
            raise SettingsError(unknown("mask", group.mask, masks, where))
        reads = MEASURES[check.measure].reads
        if group.method == "references" and reads != "summary":
            raise SettingsError(f"references have no trace to take {check.measure} from{where}")
        if reads == "references" and not self.references:
            raise SettingsError(f"{check.measure} needs references: true in {group.study}{where}")


@dataclass(frozen=True)
class KnownContests:
    """What a comparison has."""

    entries: dict[str, dict[str, list[str]]]  # settings by instance and method
    masks: dict[str, list[str]]  # by method
    shown: list[str]

    @classmethod
    def of(cls, config: Path, name: str) -> "KnownContests":
        """Read a comparison of a folder of configuration; raises SettingsError if there is none."""
        study = compared.load_comparison(config / f"comparisons/{name}.yaml")
        entries: dict[str, dict[str, list[str]]] = {}
        masks: dict[str, list[str]] = {}
        for one in compared.contests(study, config.parent):
            entries.setdefault(one.instance, {}).setdefault(one.method, []).append(one.name)
            masks[one.method] = CONTEST_MASKS.get(one.settings.method.name, [""])
        return cls(entries, masks, [*study.tables, *study.figures])

    def check(self, check: ContestCheck, group: Entry, where: str) -> None:
        """Refuse runs that the comparison does not have."""
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
