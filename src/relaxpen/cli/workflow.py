"""What the rules of the workflow ask; nothing here computes a result."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from relaxpen.audit.currency import outdated
from relaxpen.claims.claims_file import Claims
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.load_claims import load_claims
from relaxpen.claims.rules import CLAIMS
from relaxpen.data.rules import labels_rule, pool_rule, split_rule
from relaxpen.data.sources.all_sources import raw_files
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.yaml_files import read_yaml
from relaxpen.records import layout
from relaxpen.records.machine import num_gpus
from relaxpen.studies.arguments import complete_data
from relaxpen.studies.plan import Plan, make_plan
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.studies.run_job import RunJob
from relaxpen.studies.study import EVERYTHING
from relaxpen.tasks.all_tasks import TASKS, table_names
from relaxpen.tasks.rules import run_rule

CONFIG = "config/config.yaml"
CLAIM_FILES = ("csv", "md", "html", layout.MANIFEST)


@dataclass(frozen=True)
class Workflow:
    """The plan of an invocation, and the claims that are judged by its studies."""

    plan: Plan
    claims: Mapping[str, Claims | ContestClaims]

    @classmethod
    def of(cls, config: dict[str, Any], root: Path) -> Self:
        """Check everything before the first job, the folder that is written to included.

        ``root`` is the folder of the project, ``config`` what is given in place of its config.yaml.
        Raises SettingsError or DataError.
        """
        plan = make_plan(read_yaml(root / CONFIG, "configuration") | config, root)
        table_names()  # refuses one of two kinds
        files = sorted((root / "config").glob("claims*.yaml"))
        claims = {path.stem: load_claims(path) for path in files}
        if not os.access(".", os.W_OK):
            raise SettingsError(
                "this folder cannot be written to; clone into one that can, or give --directory"
            )
        return cls(plan, claims)

    @cached_property
    def num_gpus(self) -> int:
        """How many GPUs there are for runs to take in turn: one or none."""
        return num_gpus()

    @cached_property
    def outdated(self) -> list[str]:
        """The files to make again, of which Snakemake knows nothing: it has no records here."""
        return [] if any(Path(".snakemake/metadata").glob("*")) else outdated()

    @property
    def sources(self) -> list[str]:
        """The sources that are files."""
        return list(raw_files())

    @property
    def tables(self) -> list[str]:
        """The tables that are made to be read, of all tasks."""
        return table_names()[0]

    @property
    def figure_data(self) -> list[str]:
        """The tables that figures alone read, of all tasks."""
        return table_names()[1]

    @property
    def figures(self) -> list[str]:
        """The figures of all tasks."""
        return list(dict.fromkeys(name for task in TASKS.values() for name in task.figures))

    @property
    def first_group(self) -> str:
        """The group that is made without a target."""
        groups = list(self.plan.groups())
        return EVERYTHING if EVERYTHING in groups else groups[0]

    @property
    def other_groups(self) -> list[str]:
        """The groups that are made by their names."""
        return [group for group in self.plan.groups() if group != EVERYTHING]

    def made(self, group: str) -> list[str]:
        """Return every file that a group ends in: summaries, tables, figures, verdicts."""
        return [*self.plan.made(self.plan.groups()[group]), *self.claims_made(group)]

    @property
    def claims_code(self) -> list[str]:
        """What judging claims depends on: code and versions."""
        return CLAIMS.planned()

    def study_settings(self, study: str) -> str:
        """Return all that a study says."""
        return self.plan.studies[study].model_dump_json()

    def pool_code(self, source: str) -> list[str]:
        """Return what the pool of a source depends on: code and versions."""
        return pool_rule(source).planned()

    def split_code(self, study: str, instance: str) -> list[str]:
        """Return what the splits of an instance depend on: code and versions."""
        return split_rule(self.plan.point(study, instance).settings.data).planned()

    def labels_code(self, study: str, instance: str) -> list[str]:
        """Return what the labels of an instance depend on: code and versions."""
        return labels_rule(self.plan.point(study, instance).settings.data).planned()

    def collect_code(self, study: str) -> list[str]:
        """Return what collecting runs depends on: code and versions."""
        return collect_rule(self.plan.studies[study].of_task).planned()

    def run_code(self, job: RunJob) -> list[str]:
        """Return what runs depend on: code and versions, of every setting."""
        task = self.plan.studies[job.study].of_task
        rules = [run_rule(task, one.method, one.settings).planned() for one in job.points]
        return list(dict.fromkeys(word for words in rules for word in words))

    def table_code(self, study: str, name: str) -> list[str]:
        """Return what a table depends on: code and versions."""
        return table_rule(self.plan.studies[study].of_task, name).planned()

    def figure_code(self, study: str, name: str) -> list[str]:
        """Return what a figure depends on: code and versions."""
        return figure_rule(self.plan.studies[study].of_task, name).planned()

    def table_text(self, study: str, name: str) -> str:
        """Return what a table shows."""
        return self.plan.studies[study].of_task.tables[name].shows

    def figure_text(self, study: str, name: str) -> str:
        """Return what a figure shows."""
        return self.plan.studies[study].of_task.figures[name].shows

    def data_settings(self, study: str, instance: str) -> str:
        """Return the complete settings of the data of an instance."""
        return complete_data(self.plan.point(study, instance))

    def pool(self, study: str, instance: str) -> list[str]:
        """Return the note of the pool that an instance is split from, if there is one."""
        return [str(Path(name).with_suffix(".json")) for name in self.arrays(study, instance)]

    def arrays(self, study: str, instance: str) -> list[str]:
        """Return the arrays of the pool that an instance is split from, if there is one."""
        source = self.plan.point(study, instance).settings.data.source
        return [layout.pool(source)] if source in raw_files() else []

    def runs(self, study: str) -> list[str]:
        """Return the index of every job of runs of a study."""
        return [job.index for job in self.plan.jobs_of(study)]

    def steps_argument(self, job: RunJob) -> str:
        """Return the option that names the runs whose numbers of steps are taken over."""
        return shlex.join(["--steps-of", os.path.dirname(job.steps_of)]) if job.steps_of else ""

    def claims_file(self, name: str) -> str:
        """Return the file of claims."""
        return str(self.plan.root / f"config/{name}.yaml")

    def claims_made(self, group: str) -> list[str]:
        """Return the verdicts of the claims of a group whose studies are all planned."""
        return [
            f"{layout.RESULTS}/{name}.{kind}"
            for name, claims in self.claims.items()
            if getattr(claims, "group", EVERYTHING) == group
            and set(claims.studies) <= set(self.plan.studies)
            for kind in CLAIM_FILES
        ]


def shell_prefix(source: str) -> str:
    """Return what every command of a rule begins with: the package beside the rules is used.

    Snakemake formats it, so that braces are doubled.
    """
    quoted = shlex.quote(source).replace("{", "{{").replace("}", "}}")
    return f"export PYTHONPATH={quoted}; "
