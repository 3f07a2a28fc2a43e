"""What the workflow is asked to do, checked before its first job. No torch here."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from relaxpen.experiment.comparison.studies import (
    FOLDER,
    Comparison,
    Contest,
    contests,
    load_comparison,
)
from relaxpen.experiment.data_files import (
    FILES,
    MIRROR_VARIABLE,
    check_before_running,
    find_mirror,
)
from relaxpen.experiment.studies import Cell, Study, cells, load_study
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Closed, validated

STUDIES = Path("config/studies")
LONGEST_NAME = 100  # a file system takes 255 bytes, with what is put before and behind
NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")
LONGEST_FOLDER = 200


class Config(Closed):
    """config/config.yaml: which studies, which comparisons, and where the data is."""

    studies: list[str]
    comparisons: list[str] = Field([])
    data_dir: str = Field("data", min_length=1)
    data_mirror: str | None = None


@dataclass(frozen=True)
class Plan:
    """The studies and comparisons of one invocation, and their cells and contests."""

    config: Config
    studies: dict[str, Study]
    cells: dict[str, list[Cell]]
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    contests: dict[str, list[Contest]] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, Study | Comparison]:
        """The studies and the comparisons, by name."""
        return self.studies | self.comparisons

    def groups(self) -> dict[str, list[str]]:
        """Return the comparisons by the group that they are made in."""
        found: dict[str, list[str]] = {}
        for name, comparison in self.comparisons.items():
            found.setdefault(comparison.group, []).append(name)
        return found

    def file(self, study: str) -> str:
        """Return the file that says what a study or a comparison is."""
        return str((STUDIES if study in self.studies else FOLDER) / f"{study}.yaml")

    def instances(self, study: str) -> list[str]:
        """Return the names of the instances of a study, in grid order."""
        return list(dict.fromkeys(cell.instance for cell in self._points(study)))

    def methods(self, comparison: str) -> list[str]:
        """Return the names of the methods of a comparison."""
        return list(dict.fromkeys(one.method for one in self.contests[comparison]))

    def sweep(self, comparison: str, instance: str, method: str) -> list[Contest]:
        """Return the contests of one method on one instance: one, or a point of its grid each."""
        every = self.contests[comparison]
        return [one for one in every if (one.instance, one.method) == (instance, method)]

    def cell_names(self, study: str, num_steps: int) -> list[str]:
        """Return the names of the cells of a study with T = num_steps."""
        chosen = [cell for cell in self.cells[study] if cell.settings.lower.num_steps == num_steps]
        return list(dict.fromkeys(cell.name for cell in chosen))

    def lower_steps(self, study: str) -> list[int]:
        """Return the values of T in a study."""
        return sorted({cell.settings.lower.num_steps for cell in self.cells[study]})

    def cell(self, study: str, instance: str, name: str | None = None) -> Cell | Contest:
        """Return a cell by name; without a name, the first of its instance."""
        for cell in self._points(study):
            if cell.instance == instance and name in (None, cell.name):
                return cell
        raise SettingsError(f"study {study} has no cell {instance}/{name}")

    def runs(self, study: str) -> list[str]:
        """Return the index file of every batch of runs of a study or a comparison."""
        folder = f"results/{study}"
        if study in self.comparisons:
            places = dict.fromkeys((one.instance, one.method) for one in self.contests[study])
            return [f"{folder}/{instance}/{method}/index.json" for instance, method in places]
        spec = self.studies[study]
        found = [
            f"{folder}/{cell.instance}/{cell.name}/{method}/index.json"
            for cell in self.cells[study]
            for method in spec.methods
        ]
        if spec.references:
            found += [f"{folder}/{name}/references/index.json" for name in self.instances(study)]
        return found

    def pools(self) -> list[str]:
        """Return the sources of files that any study reads; what comparisons read, they obtain."""
        names = self.studies or self.comparisons
        every = [cell for study in names for cell in self._points(study)]
        needed = {cell.settings.data.source for cell in every}
        return [source for source in FILES if source in needed]

    def _points(self, study: str) -> list[Cell] | list[Contest]:
        return self.cells[study] if study in self.studies else self.contests[study]


def make_plan(config: dict[str, Any]) -> Plan:
    """Check the configuration, every study, and the data files that are already there.

    Raises SettingsError or DataError: one sentence that says what was given and what is expected.
    """
    checked = validated(Config, config, "config")
    if not [*checked.studies, *checked.comparisons]:
        raise SettingsError("config: studies is empty; name at least one of config/studies")
    _check_names([*checked.studies, *checked.comparisons])
    studies = {name: load_study(STUDIES / f"{name}.yaml") for name in checked.studies}
    compared = {name: load_comparison(FOLDER / f"{name}.yaml") for name in checked.comparisons}
    plan = Plan(
        checked,
        studies,
        {name: cells(study) for name, study in studies.items()},
        compared,
        {name: _contests(name, study) for name, study in compared.items()},
    )
    for name in studies:
        _same_references(plan, name)
    _short_folders(plan)
    if needed := plan.pools():
        mirror = find_mirror(checked.data_mirror)
        for source in needed:
            check_before_running(FILES[source], Path(checked.data_dir), mirror)
        if mirror:
            os.environ[MIRROR_VARIABLE] = str(mirror)
    return plan


def _contests(name: str, study: Comparison) -> list[Contest]:
    try:
        return contests(study)
    except SettingsError as error:
        raise SettingsError(f"{FOLDER / name}.yaml: {error}") from None


def _check_names(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(
                f"config names {shown(name)} twice; studies and comparisons share names"
            )
        if not NAME.fullmatch(name) or name in ("reference", "data"):
            raise SettingsError(
                f"a study cannot be called {shown(name)}; use letters, digits, '_' and '-', at most "
                f"{LONGEST_NAME} of them, and neither 'reference' nor 'data'"
            )


def _short_folders(plan: Plan) -> None:
    """Refuse names of folders that no file system takes."""
    for path in (path for name in plan.all for path in plan.runs(name)):
        if longest := [part for part in path.split("/") if len(part) > LONGEST_FOLDER]:
            raise SettingsError(
                f"{path.split('/')[1]}: a folder would be called {shown(longest[0])}, "
                f"{len(longest[0])} characters; sweep fewer settings, at most {LONGEST_FOLDER} fit"
            )


def num_gpus() -> int:
    """Return 1 where runs will take a GPU, so that jobs share it one at a time, else 0."""
    driver = shutil.which("nvidia-smi") is not None or Path("/dev/nvidiactl").exists()
    if not driver or os.environ.get("RELAXPEN_DEVICE", "auto") == "cpu":
        return 0
    import torch  # slow to import: only where there is a driver to ask

    return int(torch.cuda.is_available())


def _same_references(plan: Plan, study: str) -> None:
    """The references of an instance are trained once, with the ridge and precision of its cells."""
    if not plan.studies[study].references:
        return
    for instance in plan.instances(study):
        found = [cell for cell in plan.cells[study] if cell.instance == instance]
        if len({(cell.settings.lower.ridge, cell.settings.precision) for cell in found}) > 1:
            raise SettingsError(
                f"study {study} sweeps lower.ridge or precision, on which the references depend: "
                "set references: false, or write a study for each"
            )
