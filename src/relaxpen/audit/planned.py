"""Whether results are those that the study files ask for today: settings, runs and their number."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from relaxpen.audit.store import MADE_AGAIN
from relaxpen.claims.load_claims import load_claims
from relaxpen.data.instances import parts_of
from relaxpen.inputs.errors import SettingsError
from relaxpen.records import layout
from relaxpen.records.differences import made_otherwise
from relaxpen.records.manifest import Manifest
from relaxpen.studies.arguments import run_otherwise
from relaxpen.studies.points import expand
from relaxpen.studies.study import EVERYTHING, STUDIES, load_study
from relaxpen.tasks.task import Point

DATA = ("split", "corrupt_labels")


class PlannedStudy(NamedTuple):
    """What a study file asks for, as it is read today."""

    settings: dict[str, Any]
    group: str
    runs: dict[str, Point]  # by the name of their folder

    def problem(self, name: str, manifest: Manifest) -> str | None:
        """Return in what a result is not what is asked for, None if it is."""
        if manifest.rule not in MADE_AGAIN:
            return made_otherwise(manifest.settings, self.settings)
        if manifest.rule in DATA:
            return self._data_problem(name, manifest)
        if manifest.seed is None:
            return None  # of several runs, which are judged one by one
        folder = Path(name).parents[1].as_posix()
        point = self.runs.get(folder)
        if point is None or manifest.seed not in point.seeds:
            left = folder if point is None else str(Path(name).parent)
            # The reference keeps no runs, of which one could be removed.
            remedy = f"; rm -r {shlex.quote(left)}" if Path(left).is_dir() else ""
            return f"no study asks for it any more{remedy}"
        return run_otherwise(point, manifest.settings)

    def _data_problem(self, name: str, manifest: Manifest) -> str | None:
        """Return in what a split or its labels are not of the data of the runs beside them."""
        instance = Path(name).parents[1].as_posix()
        for folder, point in self.runs.items():
            if folder.startswith(f"{instance}/"):
                data = point.settings.data.model_dump(mode="json")
                return made_otherwise(manifest.settings["data"], data, before="data.")
        return None


class Plans:
    """What study and claims files ask for today; each file is read once."""

    def __init__(self) -> None:
        self._asked: dict[str, PlannedStudy | None] = {}

    def problem(self, name: str, manifest: Manifest) -> str | None:
        """Return in what a result is not what its study or claims file asks for, None if it is.

        What belongs to no study, as a run by hand, is asked for by nobody.
        """
        try:
            if manifest.rule == "claims":
                return _claims_problem(name, manifest)
            asked = self.of(name)
        except SettingsError as error:
            return f"what is asked for cannot be told: {error}"
        return asked and asked.problem(name, manifest)

    def missing(self, name: str, manifest: Manifest, known: Iterable[str]) -> list[str]:
        """Return the runs that a study asks for and that lie behind no summary of it."""
        if manifest.rule != "collect_runs":
            return []
        try:
            asked = self.of(name)
        except SettingsError:
            return []  # of which ``problem`` tells
        there = set(known)
        wanted = [
            f"{folder}/seed={seed}"
            for folder, point in (asked.runs if asked else {}).items()
            for seed in point.seeds
        ]
        return [run for run in wanted if f"{run}/manifest.json" not in there]

    def data_behind(self, run: str) -> list[str]:
        """Return the indexes of the splits and labels that a run which is asked for is made from."""
        asked = self.of(run)
        point = asked.runs[str(Path(run).parent)] if asked else None
        if point is None:
            return []
        study = run.split("/")[1]
        parts = parts_of(point.settings.data)
        return [layout.instance_index(study, point.instance, part) for part in parts]

    def target(self, name: str) -> str:
        """Return the target of Snakemake that makes a result: the group of its study."""
        try:
            asked = self.of(name)
        except SettingsError:
            asked = None
        return asked.group if asked else EVERYTHING

    def of(self, name: str) -> PlannedStudy | None:
        """Return what the study asks for that a result belongs to, None if it belongs to none.

        Raises SettingsError if its file cannot be read.
        """
        study = name.split("/")[1]
        if study not in self._asked:
            self._asked[study] = _read(study)
        return self._asked[study]


def _claims_problem(name: str, manifest: Manifest) -> str | None:
    path = Path("config") / f"{Path(name).name.removesuffix('.manifest.json')}.yaml"
    asked = load_claims(path).model_dump(mode="json") if path.exists() else None
    return made_otherwise(manifest.settings, asked) if asked else None


def _read(name: str) -> PlannedStudy | None:
    path = STUDIES / f"{name}.yaml"
    if not path.exists():
        return None
    study = load_study(path)
    runs = {f"{layout.study_folder(name)}/{one.folder}": one for one in expand(study)}
    return PlannedStudy(study.model_dump(mode="json"), study.group, runs)
