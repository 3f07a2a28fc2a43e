"""What the workflow is asked to do, checked before its first job. No torch here."""

import json
import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relaxpen.experiment.data_files import (
    FILES,
    MIRROR_VARIABLE,
    check_before_running,
    find_mirror,
)
from relaxpen.experiment.settings import SettingsError, canonical, resolve, unknown
from relaxpen.experiment.studies import Cell, Study, cells, load_study

STUDIES = Path("config/studies")


class Config(BaseModel):
    """config/config.yaml: which studies, and where the data is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    studies: list[str] = Field(min_length=1)
    data_dir: str = "data"
    data_mirror: str | None = None


@dataclass(frozen=True)
class Plan:
    """The studies of one invocation and their cells."""

    config: Config
    studies: dict[str, Study]
    cells: dict[str, list[Cell]]

    def instances(self, study: str) -> list[str]:
        """Return the names of the instances of a study, in grid order."""
        return list(dict.fromkeys(cell.instance for cell in self.cells[study]))

    def cell_names(self, study: str, num_steps: int) -> list[str]:
        """Return the names of the cells of a study with T = num_steps."""
        chosen = [cell for cell in self.cells[study] if cell.settings.lower.num_steps == num_steps]
        return list(dict.fromkeys(cell.name for cell in chosen))

    def lower_steps(self, study: str) -> list[int]:
        """Return the values of T in a study."""
        return sorted({cell.settings.lower.num_steps for cell in self.cells[study]})

    def cell(self, study: str, instance: str, name: str | None = None) -> Cell:
        """Return a cell by name; without a name, the first of its instance."""
        for cell in self.cells[study]:
            if cell.instance == instance and name in (None, cell.name):
                return cell
        raise SettingsError(f"study {study} has no cell {instance}/{name}")

    def runs(self, study: str) -> list[str]:
        """Return the index file of every batch of runs of a study."""
        spec, folder = self.studies[study], f"results/{study}"
        found = [
            f"{folder}/{cell.instance}/{cell.name}/{method}/index.json"
            for cell in self.cells[study]
            for method in spec.methods
        ]
        if spec.references:
            found += [f"{folder}/{name}/references/index.json" for name in self.instances(study)]
        return found

    def pools(self) -> list[str]:
        """Return the sources of files that any cell of any study reads."""
        every = [cell for found in self.cells.values() for cell in found]
        needed = {cell.settings.data.source for cell in every}
        return [source for source in FILES if source in needed]


def make_plan(config: dict[str, Any]) -> Plan:
    """Check the configuration, every study, and the data files that are already there.

    Raises SettingsError or DataError: one sentence that says what was given and what is expected.
    """
    try:
        checked = Config.model_validate(config)
    except ValidationError as error:
        raise SettingsError(f"config: {_explain(error)}") from None
    for name in checked.studies:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or name in ("reference", "data"):
            raise SettingsError(
                f"a study cannot be called {name!r}; use letters, digits, '_' and '-', and neither "
                "'reference' nor 'data'"
            )
    studies = {name: load_study(STUDIES / f"{name}.yaml") for name in checked.studies}
    plan = Plan(checked, studies, {name: cells(study) for name, study in studies.items()})
    for name in studies:
        _same_references(plan, name)
    if needed := plan.pools():
        mirror = find_mirror(checked.data_mirror)
        for source in needed:
            check_before_running(FILES[source], Path(checked.data_dir), mirror)
        if mirror:
            os.environ[MIRROR_VARIABLE] = str(mirror)
    return plan


def set_arguments(cell: Cell, *only: str) -> str:
    """Return the KEY=VALUE words of a cell for the command line, all or those beginning with only."""
    pairs = {key: value for key, value in cell.overrides.items() if key.startswith(only or "")}
    return " ".join(shlex.quote(f"{key}={json.dumps(value)}") for key, value in pairs.items())


def complete(cell: Cell, *only: str) -> str:
    """Return the settings of a cell, those left out at their defaults, as one line of JSON."""
    pairs = {key: value for key, value in cell.overrides.items() if key.startswith(only or "")}
    return canonical(resolve(pairs).model_dump())


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


def _explain(error: ValidationError) -> str:
    fault = error.errors()[0]
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return unknown("key", key, list(Config.model_fields))
    return f"{key} is {fault['input']!r}: {fault['msg']}"
