"""Whether every result is what its manifest says, back to the data, and of the present code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from relaxpen.audit.lock import lock_problems
from relaxpen.audit.store import ARCHIVE, LOCK, README, Store
from relaxpen.experiment.fingerprint import ENTRIES, fingerprint
from relaxpen.experiment.machine import has_commit
from relaxpen.experiment.manifest import Manifest
from relaxpen.experiment.mnist_files import DIGESTS

SOURCES = ("config/",)  # made by people: under version control, known by their digest
IGNORED = (".log", ".draft")


@dataclass
class Report:
    """What was found, most upstream first."""

    store: str
    num_manifests: int = 0
    num_files: int = 0
    num_absent: int = 0  # outputs that the reference names by digest alone
    broken: list[str] = field(default_factory=list)  # it is not what it says
    stale: list[str] = field(default_factory=list)  # it is, but not of this code and study

    def lines(self) -> list[str]:
        """Return the report as a person reads it; the first broken link stands first."""
        absent = f", {self.num_absent} more known by digest alone" if self.num_absent else ""
        lines = [f"{self.store}: {self.num_manifests} manifests, {self.num_files} files{absent}"]
        for verdict, found in (("intact", self.broken), ("current", self.stale)):
            lines.append(f"  {verdict}: {'NO' if found else 'yes'}")
            if found:
                lines.append(f"    first broken link: {found[0]}")
            lines += [f"    {text}" for text in found[1:20]]
            lines += [f"    and {len(found) - 20} more"] if len(found) > 20 else []
        return lines


@dataclass(frozen=True)
class Chain:
    """The manifests of a store, and who made what."""

    store: Store
    manifests: dict[str, Manifest]

    @cached_property
    def makers(self) -> dict[str, str]:
        """The manifest of each output."""
        return {
            output: name for name, manifest in self.manifests.items() for output in manifest.outputs
        }

    def upstream(self, wanted: Iterable[str]) -> list[str]:
        """Return the manifests behind some, and these, each after all that are behind it."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in order or name not in self.manifests:
                return
            for source in self.manifests[name].inputs:
                visit(self.makers.get(source, source))
            order[name] = None

        for name in wanted:
            visit(name)
        return list(order)


def load_chain(store: Store) -> tuple[Chain, dict[str, str]]:
    """Return the chain of a store, and what is wrong with manifests that cannot be read."""
    good, bad = store.manifests()
    return Chain(store, good), bad


def verify(store: Store, path: Path | None = None) -> Report:
    """Check a store, or one file or folder of it with all it rests on."""
    chain, bad = load_chain(store)
    inside = store.named(path) if path else ""
    if path and not (store.locate(inside).exists() or inside in chain.makers):
        return Report(store.name, broken=[f"{path} is missing"])
    wanted = [name for name in chain.manifests if _covers(chain, name, inside)]
    names = chain.upstream(wanted)
    report = Report(store.name, num_manifests=len(names))
    report.broken += [text for name, text in bad.items()]
    for name in names:
        _check(chain, name, report)
    report.broken += _orphans(chain, inside)
    if not store.keeps_everything and not path:
        report.broken += lock_problems(store, chain.manifests)
    report.stale += _of_other_code(chain, names)
    return report


def _covers(chain: Chain, name: str, inside: str) -> bool:
    """Return whether a manifest belongs to a file or folder that was asked for."""
    own = [name, *chain.manifests[name].outputs]
    return any(not inside or file == inside or file.startswith(f"{inside}/") for file in own)


def _check(chain: Chain, name: str, report: Report) -> None:
    """Compare the outputs and inputs of one manifest with what is there."""
    manifest, store = chain.manifests[name], chain.store
    for output, digest in manifest.outputs.items():
        found = store.digest(output)
        report.num_files += found is not None
        if found is None and store.may_lack(output, manifest.rule):
            report.num_absent += 1
        elif found is None:
            report.broken.append(f"{output} is missing; {name} says that it was made")
        elif found != digest:
            report.broken.append(f"{output} was changed since rule {manifest.rule} made it")
    for source, digest in manifest.inputs.items():
        _check_source(chain, name, source, digest, report)


def _check_source(chain: Chain, name: str, source: str, digest: str, report: Report) -> None:
    maker = chain.makers.get(source)
    if maker or source in chain.manifests:
        made = chain.manifests[maker].outputs[source] if maker else chain.store.digest(source)
        if made != digest:
            report.broken.append(f"{name}: made from another {source} than the one that is there")
    elif Path(source).name in DIGESTS:
        if digest != DIGESTS[Path(source).name]:
            report.broken.append(f"{name}: made from a {source} that is not the canonical MNIST")
    elif source.startswith(SOURCES):
        if chain.store.digest(source) != digest:
            report.stale.append(f"{source} is not what {name} was made with")
    else:
        report.broken.append(f"{source}, which {name} was made from, has no manifest")


def _orphans(chain: Chain, inside: str) -> list[str]:
    """Return the files that no manifest speaks of."""
    own = {str(LOCK), str(README), str(ARCHIVE)} | {
        str(chain.store.locate(name)) for name in chain.makers
    }
    found = []
    for name in chain.store.names():
        place = str(chain.store.locate(name))
        known = place in own or name.endswith(("manifest.json", *IGNORED))
        if not known and name not in chain.store.archived and name.startswith(inside):
            found.append(f"{place} has no manifest: nobody knows where it came from")
    return found


def _of_other_code(chain: Chain, names: list[str]) -> list[str]:
    """Return one line for each way in which results are not of the code that is checked out."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in names:
        manifest = chain.manifests[name]
        commit = manifest.git["commit"]
        problems = []
        if manifest.rule not in ENTRIES or manifest.code != fingerprint(manifest.rule):
            problems.append(f"made by other code of rule {manifest.rule} than is checked out")
        if commit is None:
            problems.append("made without git, so that the commit of the code is unknown")
        elif not has_commit(commit):
            problems.append(
                f"made at commit {commit[:12]}, which is not known here; in a shallow clone, run "
                "git fetch --unshallow"
            )
        for problem in problems:
            counts[problem] += 1
            first.setdefault(problem, name)
    return [
        f"{first[problem]}{f' and {count - 1} more' if count > 1 else ''}: {problem}"
        for problem, count in counts.items()
    ]
