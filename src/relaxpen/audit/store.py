"""Stores: where the files lie that manifests name, live or kept as the reference."""

import hashlib
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from relaxpen.audit.archive import read_archive
from relaxpen.inputs.errors import DataError
from relaxpen.records.files import sha256
from relaxpen.records.manifest import Manifest, read_manifest
from relaxpen.tasks.all_tasks import TASKS

FOLDERS = ("results", "figures")
REFERENCE = {"results": "results/reference", "figures": "figures/reference"}
ARCHIVE = Path("results/reference/chain.tar.xz")
LOCK = Path("results/reference/lock.json")
README = Path("results/reference/README.md")
REPORT = "results/report.html"  # made by Snakemake from results, for reading
MEASURED = ("bench", "precision")  # made by make, not by the workflow
RESTORE = f"git checkout -- {' '.join(REFERENCE.values())}"
RUNS = tuple(rule for task in TASKS.values() for rule in task.rules)
# What the reference names by digest alone: data and runs are large and are made again.
MADE_AGAIN = ("pool", "split", "corrupt_labels", *RUNS)
# Large; pages of the report, which say what CSV and Markdown say; links that hold only where they
# were made (README.md has the tables of claims).
LEFT_OUT = re.compile(r".*/traces\.parquet|.*\.html|results/claims\w*\.md")


@dataclass(frozen=True)
class Store:
    """Files by the names that manifests use, relative to the root of the repository."""

    name: str
    folders: dict[str, str]  # where results and figures lie
    archived: dict[str, bytes] = field(default_factory=dict)  # files kept in the archive
    keeps_everything: bool = True

    def locate(self, name: str) -> Path:
        """Return where a file lies, whether or not it is there."""
        first, _, rest = name.partition("/")
        return Path(self.folders.get(first, first), rest)

    def shown(self, name: str) -> str:
        """Return what a reader is told: where a file lies, be it in the archive."""
        path = self.locate(name)
        return f"{name} in {ARCHIVE}" if name in self.archived and not path.exists() else str(path)

    def remedy(self, name: str) -> str:
        """Return the command that brings a file back: makes it again, or takes it from git."""
        if not self.keeps_everything:
            return RESTORE
        *above, last = name.split("/")
        if last.partition(".")[0] in MEASURED:
            return f"make {last.partition('.')[0]}"
        # Runs, splits and labels are no outputs that Snakemake knows: the index of all of them is.
        depth = [part.startswith("seed=") for part in (*above, last, "seed=")].index(True)
        if depth <= len(above):
            name = "/".join([*above[:depth], "index.json"])
        # Deleting is not enough: Snakemake does not miss a file that only other files need.
        return f"snakemake --cores all --forcerun {shlex.quote(name)}"

    def named(self, path: Path) -> str:
        """Return the name by which manifests call a file of this store."""
        for first, folder in self.folders.items():
            if path.is_relative_to(folder):
                return (Path(first) / path.relative_to(folder)).as_posix()
        return path.as_posix()

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file, None if it is not there."""
        path = self.locate(name)
        return path.read_bytes() if path.is_file() else self.archived.get(name)

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a file, None if it is not there."""
        path = self.locate(name)
        if path.is_file():
            return sha256(path)
        return hashlib.sha256(self.archived[name]).hexdigest() if name in self.archived else None

    def names(self) -> Iterator[str]:
        """Yield every file of the store, hidden ones too."""
        others = set(REFERENCE.values()) - set(self.folders.values())
        for folder in self.folders.values():
            for path in sorted(Path(folder).rglob("*")):
                kept = not any(path.is_relative_to(other) for other in others)
                if (path.is_file() or path.is_symlink()) and kept and str(path) != REPORT:
                    yield self.named(path)
        yield from sorted(self.archived)

    def may_lack(self, name: str, rule: str) -> bool:
        """Return whether this store keeps an output of a rule by its digest alone."""
        return not self.keeps_everything and (
            rule in MADE_AGAIN or LEFT_OUT.fullmatch(name) is not None
        )

    def manifests(self) -> tuple[dict[str, Manifest], dict[str, str]]:
        """Return every manifest by name, and what is wrong with those that cannot be read."""
        good, bad = {}, {}
        for name in self.names():
            if name.endswith("manifest.json"):
                try:
                    good[name] = read_manifest(self.read(name) or b"", name)
                except DataError as error:
                    bad[name] = str(error).replace(name, self.shown(name)).partition(";")[0]
        return good, bad


def live() -> Store:
    """Return the store of what the workflow makes here."""
    return Store("results", {folder: folder for folder in FOLDERS})


def reference() -> Store:
    """Return the store of the committed reference; raises DataError if there is none."""
    if not has_reference():
        raise DataError(f"there is no {LOCK.parent} here; a reference is kept by make reference")
    return reference_being_made()


def reference_being_made() -> Store:
    """Return the store of a reference that may have no lock yet."""
    return Store("reference", REFERENCE, read_archive(ARCHIVE), keeps_everything=False)


def has_reference() -> bool:
    """Return whether there is a reference, or at least something left of one."""
    return any(Path(folder).is_dir() for folder in REFERENCE.values())


def is_kept(path: Path) -> bool:
    """Return whether a path belongs to the reference."""
    return any(path.is_relative_to(folder) for folder in REFERENCE.values())


def store_of(path: Path) -> Store:
    """Return the store that a path belongs to."""
    return reference() if is_kept(path) else live()


def result_path(path: Path | str) -> Path:
    """Return a path relative to the working folder, without dots, links not followed.

    Raises DataError if it lies outside results and figures.
    """
    found = Path(os.path.relpath(path))
    if found.parts[:1] not in [(folder,) for folder in FOLDERS]:
        raise DataError(
            f"{path} lies outside results and figures; only results and figures have manifests, "
            "so name a file or folder in one of them"
        )
    return found
