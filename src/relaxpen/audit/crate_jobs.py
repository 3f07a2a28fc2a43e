"""What an RO-Crate says was done: one job for each command, the runs of a batch taken together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from relaxpen.audit.chain import Chain
from relaxpen.experiment.manifest import Manifest

INDEX = "index.json"


@dataclass(frozen=True)
class CrateJob:
    """One command: what it read and made, a folder with an index standing for all its files."""

    name: str  # its manifest
    manifest: Manifest
    folder: str | None  # what it made, if that is a folder with an index
    inputs: dict[str, str]  # file or folder -> the rule that made it, "" if none did
    files: dict[str, str]  # every file it made, those of the runs too -> SHA-256
    settings: dict[str, Any]  # by dotted name

    @property
    def rule(self) -> str:
        """The rule that ran."""
        return self.manifest.rule

    @property
    def title(self) -> str:
        """What people call it, such as results/thesis/tables/final."""
        return self.folder or self.name.removesuffix(".manifest.json")

    @property
    def results(self) -> list[str]:
        """What it made: a folder, or files."""
        return [self.folder] if self.folder else list(self.manifest.outputs)


def crate_jobs(chain: Chain) -> list[CrateJob]:
    """Return the jobs behind all manifests of a chain, in the order in which they started."""
    tops = {name: one for name, one in chain.manifests.items() if one.seed is None}
    made_by: dict[str, tuple[str, str]] = {}
    for manifest in tops.values():
        folder = _folder(manifest)
        for output in _files(chain, manifest):
            made_by[output] = (folder or output, manifest.rule)
    jobs = [_job(chain, made_by, name, manifest) for name, manifest in tops.items()]
    return sorted(jobs, key=lambda job: (job.manifest.started, job.name))


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted name: {"data.noise_rate": 0.2}."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= (
            flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return found


def _job(
    chain: Chain, made_by: dict[str, tuple[str, str]], name: str, manifest: Manifest
) -> CrateJob:
    runs = list(_runs(chain, manifest))
    inputs = {}
    for one in runs or [manifest]:
        for source in one.inputs:
            thing, rule = made_by.get(source, (source, ""))
            inputs[thing] = rule
    settings = flat(manifest.settings) | ({"seeds": [run.seed for run in runs]} if runs else {})
    files = _files(chain, manifest)
    return CrateJob(name, manifest, _folder(manifest), inputs, files, settings)


def _folder(manifest: Manifest) -> str | None:
    parents = [PurePosixPath(path) for path in manifest.outputs]
    return next((path.parent.as_posix() for path in parents if path.name == INDEX), None)


def _runs(chain: Chain, manifest: Manifest) -> Iterator[Manifest]:
    for source in manifest.inputs:
        if source in chain.manifests:
            yield chain.manifests[source]


def _files(chain: Chain, manifest: Manifest) -> dict[str, str]:
    """Return what a job made, its manifest apart: a batch made the files of its runs too."""
    files = {key: value for run in _runs(chain, manifest) for key, value in run.outputs.items()}
    return files | manifest.outputs
