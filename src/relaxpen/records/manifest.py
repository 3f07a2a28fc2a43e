"""Manifests: beside every artefact, from what it was made, by what, where and when."""

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from relaxpen.inputs.errors import DataError
from relaxpen.records.digests import canonical
from relaxpen.records.files import remedy, sha256, write_json
from relaxpen.records.machine import git_facts, installed_packages, machine_facts
from relaxpen.records.rule import Rule

MODULE = ("python", "-m", "relaxpen")


class Manifest(BaseModel):
    """The provenance of one artefact. Paths are relative to the folder the command ran in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    rule: str  # what made it: a rule that computes, see records/fingerprint.py
    command: list[str]  # makes it again, in the folder the paths are relative to
    settings: dict[str, Any]  # complete: of the run, or the study
    settings_digest: str
    seed: int | None  # of a run; None for what has several or none
    key: str | None  # of a run: what it was computed from, in one digest
    code: str  # fingerprint of the rule
    inputs: dict[str, str]  # path -> SHA-256
    outputs: dict[str, str]  # path -> SHA-256
    git: dict[str, Any]  # commit, dirty
    python: str
    packages: dict[str, str]  # every installed package
    torch: dict[str, Any] | None  # build, device, threads, instructions; None if not used
    machine: dict[str, Any]
    started: datetime
    ended: datetime
    digest: str  # SHA-256 of all the rest


@dataclass(frozen=True)
class Job:
    """A command at work: what all manifests that it writes have in common."""

    rule: Rule
    words: list[str]  # the arguments of the command line
    settings: dict[str, Any]
    torch: dict[str, Any] | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def write(self, path: Path, inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
        """Write the manifest of outputs that are there, made from inputs that are there."""
        self.write_digests(path, digests(inputs), digests(outputs))

    def write_digests(
        self,
        path: Path,
        inputs: dict[str, str],
        outputs: dict[str, str],
        seed: int | None = None,
        key: str | None = None,
        started: datetime | None = None,
    ) -> None:
        """Write a manifest whose digests are known."""
        facts = {
            "format": 1,
            "rule": self.rule.name,
            "command": [*MODULE, *self.words],
            "settings": self.settings,
            "settings_digest": text_digest(self.settings),
            "seed": seed,
            "key": key,
            "code": self.rule.code,
            "inputs": inputs,
            "outputs": outputs,
            "git": git_facts(),
            "python": platform.python_version(),
            "packages": installed_packages(),
            "torch": self.torch,
            "machine": machine_facts(),
            "started": _stamp(started or self.started),
            "ended": _stamp(datetime.now(UTC)),
        }
        write_json(path, facts | {"digest": text_digest(facts)})


def read_manifest(text: bytes, path: object) -> Manifest:
    """Return the manifest in a file's bytes.

    Raises DataError naming ``path`` if it is damaged, has other fields, or is not what its own
    digest says.
    """
    try:
        facts = json.loads(text)
        manifest = Manifest.model_validate(facts)
        rest = {key: value for key, value in facts.items() if key != "digest"}
        if manifest.digest == text_digest(rest):
            return manifest
    except (ValueError, ValidationError):
        pass
    raise DataError(f"the manifest {path} was changed or is damaged; {remedy(Path(str(path)))}")


def check_unchanged(paths: Iterable[Path]) -> None:
    """Refuse a table or a summary that is not what the manifest beside it says.

    A file without a manifest passes. Raises DataError naming the first that was changed.
    """
    for path in paths:
        for name in (f"{path.stem}.manifest.json", "summary.manifest.json"):
            beside = path.parent / name
            if not (path.exists() and beside.exists()):
                continue
            known = read_manifest(beside.read_bytes(), beside).outputs.get(relative(path))
            if known is not None and known != sha256(path):
                raise DataError(f"{path} was changed after it was made ({beside}); {remedy(path)}")


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by its path, relative to the working folder."""
    return {relative(path): sha256(path) for path in paths}


def relative(path: Path) -> str:
    """Return a path as manifests write it."""
    return Path(os.path.relpath(path)).as_posix()


def text_digest(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
