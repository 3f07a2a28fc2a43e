"""What the workflow is asked to do, checked before its first job. No torch here."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from relaxpen.data.raw_files import MIRROR_VARIABLE, check_before_running, find_mirror
from relaxpen.data.sources.all_sources import raw_files
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Closed, validated
from relaxpen.records import layout
from relaxpen.studies.arguments import data_arguments
from relaxpen.studies.points import expand
from relaxpen.studies.run_job import RunJob
from relaxpen.studies.study import EVERYTHING, STUDIES, Study, load_study, sources
from relaxpen.tasks.task import REFERENCES, Point

TAKEN = ("reference", "data")  # folders of results that are of no study
LONGEST_NAME = 100  # a file system takes 255 bytes, with what is put before and behind
NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")
LONGEST_FOLDER = 200


class Config(Closed):
    """config/config.yaml: which studies there are, and where the data is."""

    studies: list[str]
    data_dir: str = Field("data", min_length=1)
    data_mirror: str | None = None


@dataclass(frozen=True)
class Plan:
    """The studies of one invocation, and their points."""

    config: Config
    root: Path  # the folder of the project
    studies: dict[str, Study]
    points: dict[str, list[Point]] = field(default_factory=dict)

    def groups(self) -> dict[str, list[str]]:
        """Return the studies by the group that they are made in."""
        groups: dict[str, list[str]] = {}
        for name, study in self.studies.items():
            groups.setdefault(study.group, []).append(name)
        return groups

    def file(self, study: str) -> str:
        """Return the file that says what a study is."""
        return str(self.root / STUDIES / f"{study}.yaml")

    def files(self, study: str) -> list[str]:
        """Return all files that say what a study is, its own first."""
        others = [str(self.root / path) for path in sources(self.studies[study])]
        return [self.file(study), *others]

    def point(self, study: str, instance: str) -> Point:
        """Return the first point of an instance; raises SettingsError if there is none."""
        for one in self.points[study]:
            if one.instance == instance:
                return one
        raise SettingsError(f"study {study} has no instance {instance}")

    @cached_property
    def jobs(self) -> dict[tuple[str, str], RunJob]:
        """The jobs of runs, by study and folder."""
        jobs: dict[tuple[str, str], list[Point]] = {}
        for study, points in self.points.items():
            for one in points:
                suffix = f"/{one.name}" if one.swept and one.name else ""
                jobs.setdefault((study, one.folder.removesuffix(suffix)), []).append(one)
        return {
            (study, folder): RunJob(study, folder, tuple(points), self._rule(study, points[0]))
            for (study, folder), points in jobs.items()
        }

    def _rule(self, study: str, point: Point) -> str:
        return self.studies[study].of_task.rule_of(point.method)

    def jobs_of(self, study: str) -> list[RunJob]:
        """Return the jobs of runs of a study."""
        return [job for job in self.jobs.values() if job.study == study]

    def run_rules(self) -> Iterator[tuple[str, str, int, list[str]]]:
        """Yield the name, the study, the priority and the folders of each rule of runs."""
        rules: dict[tuple[str, str, int], list[str]] = {}
        for job in self.jobs.values():
            is_reference = job.points[0].method == REFERENCES
            kind = "references" if is_reference else "run"
            steps = f"_T{job.priority}" if job.priority else ""
            key = (f"{kind}_{job.study}{steps}", job.study, job.priority)
            rules.setdefault(key, []).append(job.folder)
        for key, folders in rules.items():
            yield (*key, folders)

    def tables(self, study: str) -> list[str]:
        """Return the files of the tables of a study, manifests included."""
        kinds = (*layout.READABLE, layout.MANIFEST)
        return [
            layout.table(study, name, kind) for name in self.studies[study].tables for kind in kinds
        ]

    def figures(self, study: str) -> list[str]:
        """Return the files of the figures of a study, manifests included."""
        kinds = (*layout.EXTENSIONS, layout.MANIFEST)
        return [
            layout.figure(study, name, kind)
            for name in self.studies[study].figures
            for kind in kinds
        ]

    def drawn_from(self, study: str, figure: str) -> list[str]:
        """Return the tables that a figure of a study is drawn from."""
        needed = self.studies[study].of_task.figures[figure].tables
        return [layout.table(study, name, "csv") for name in needed]

    def made(self, studies: list[str]) -> list[str]:
        """Return every file that studies end in: summaries, tables, figures."""
        files = []
        for study in studies:
            summary = [
                *layout.collected(study)[:1],
                f"{layout.study_folder(study)}/summary.manifest.json",
            ]
            files += [*summary, *self.tables(study), *self.figures(study)]
        return files

    def seeds(self, study: str) -> list[int]:
        """Return the seeds of a study."""
        return self.studies[study].seeds

    def data_arguments(self, study: str, instance: str) -> str:
        """Return the words of the command line that give the data of an instance."""
        return data_arguments(self.point(study, instance))

    def pools(self) -> list[str]:
        """Return the sources of files of the group that is made first: the others obtain their own."""
        groups = self.groups()
        names = groups.get(EVERYTHING) or list(self.studies)
        needed = {one.settings.data.source for name in names for one in self.points[name]}
        return [source for source in raw_files() if source in needed]


def make_plan(config: dict[str, Any], root: Path = Path()) -> Plan:
    """Check the configuration, every study, and the data files that are already there.

    ``root`` is the folder of the project, in which config/ lies.
    Raises SettingsError or DataError: one sentence that says what was given and what is expected.
    """
    checked = validated(Config, config, "config")
    if not checked.studies:
        raise SettingsError("config: studies is empty; name at least one of config/studies")
    for name in checked.studies:
        if not NAME.fullmatch(name) or name in TAKEN:
            raise SettingsError(
                f"a study cannot be called {shown(name)}; use letters, digits, '_' and '-', at most "
                f"{LONGEST_NAME} of them, and neither 'reference' nor 'data'"
            )
    studies = {name: load_study(root / STUDIES / f"{name}.yaml") for name in checked.studies}
    points = {name: _expanded(name, study, root) for name, study in studies.items()}
    plan = Plan(checked, root, studies, points)
    _refuse_long_folders(plan)
    if needed := plan.pools():
        mirror = find_mirror(checked.data_mirror)
        for source in needed:
            check_before_running(raw_files()[source], Path(checked.data_dir), mirror)
        if mirror:
            os.environ[MIRROR_VARIABLE] = str(mirror)
    return plan


def _refuse_long_folders(plan: Plan) -> None:
    """Raise SettingsError for names of folders that no file system takes."""
    for study, points in plan.points.items():
        for part in (part for one in points for part in one.folder.split("/")):
            if len(part) > LONGEST_FOLDER:
                raise SettingsError(
                    f"{study}: a folder would be called {shown(part)}, {len(part)} characters; sweep "
                    f"fewer settings, at most {LONGEST_FOLDER} fit"
                )


def _expanded(name: str, study: Study, root: Path) -> list[Point]:
    try:
        return expand(study, root)
    except SettingsError as error:
        raise SettingsError(f"{root / STUDIES / name}.yaml: {error}") from None
