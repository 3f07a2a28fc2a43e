"""Batches: one method on one instance at one setting, for several seeds; and what identifies a run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relaxpen.data.instances import data_files
from relaxpen.inputs.errors import DataError
from relaxpen.records.machine import software_facts
from relaxpen.records.manifest import digests, text_digest
from relaxpen.records.rule import Rule
from relaxpen.tasks.rules import run_rule
from relaxpen.tasks.task import RunSettings, Task


@dataclass(frozen=True)
class Batch:
    """One method on one instance at one setting, for several seeds."""

    task: Task
    settings: RunSettings
    method: str  # of the task, "references", or what a study calls its settings
    seeds: list[int]
    instance: Path  # folder with split/ and labels/
    pool: Path | None  # the npz file of the source, if it is one of files
    out: Path  # runs go to out/seed=S, the index to out/index.json
    steps_of: Path | None = None  # folder of the runs whose number of steps is taken over

    @property
    def rule(self) -> Rule:
        """The rule whose code makes these runs."""
        return run_rule(self.task, self.method, self.settings)

    def folder(self, seed: int) -> Path:
        """Return the folder of one run."""
        return run_folder(self.out, seed)

    def inputs(self, seed: int) -> list[Path]:
        """Return the files that a run reads; raises DataError if one that says its steps is missing."""
        files = data_files(self.settings.data, self.instance, seed, self.pool)
        return files + ([_record(self.steps_of, seed)] if self.steps_of else [])

    def num_steps(self, seed: int) -> int | None:
        """Return the number of steps that a run takes over; None: until it is done."""
        if self.steps_of is None:
            return None
        record = _record(self.steps_of, seed)
        try:
            return int(json.loads(record.read_bytes())["counts"]["steps"])
        except (ValueError, KeyError, TypeError):
            raise DataError(
                f"{record} is damaged; make the runs whose steps are taken over again"
            ) from None

    def facts(self, seed: int) -> dict[str, Any]:
        """Return what identifies a run, apart from its data and the versions of packages."""
        return {
            "method": self.method,
            "seed": seed,
            "settings": self.settings.model_dump(mode="json"),
            "num_steps_given": self.num_steps(seed),
            "code": self.rule.code,
        }

    def key(self, seed: int, inputs: dict[str, str] | None = None) -> str:
        """Return the digest of all that a run is computed from, wherever its data lies.

        ``inputs`` are the digests of the files that it reads, where they are known.
        """
        data = sorted((inputs or digests(self.inputs(seed))).values())
        versions = software_facts() | self.rule.versions
        return text_digest(self.facts(seed) | {"data": data, "versions": versions})


def run_folder(out: Path, seed: int) -> Path:
    """Return the folder of one run of a batch."""
    return out / f"seed={seed}"


def _record(folder: Path, seed: int) -> Path:
    record = run_folder(folder, seed) / "record.json"
    if not record.exists():
        raise DataError(f"{record} is missing; make the runs whose steps are taken over first")
    return record
