"""Whether every result is what its manifest says, back to the data, and of the present code."""

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from relaxpen.audit.chain import Chain, load_chain
from relaxpen.audit.currency import judge
from relaxpen.audit.lock import known_root, lock_problems, root_problems
from relaxpen.audit.store import (
    ARCHIVE,
    LOCK,
    README,
    RESTORE,
    Store,
    has_reference,
    is_kept,
    live,
    reference,
    result_path,
)
from relaxpen.audit.strangers import is_left_by_a_rule, linked
from relaxpen.data.raw_files import known_file
from relaxpen.inputs.errors import DataError

SOURCES = ("config/",)  # made by people: under version control, known by their digest
OUTSIDE = (LOCK, README, ARCHIVE)  # of the reference: the lock speaks of them


@dataclass
class Report:
    """What was found, most upstream first."""

    store: str
    num_manifests: int = 0
    num_files: int = 0
    num_absent: int = 0  # outputs that the reference names by digest alone
    broken: list[str] = field(default_factory=list)  # it is not what it says
    stale: list[str] = field(default_factory=list)  # it is, but not of this code and study
    notes: list[str] = field(default_factory=list)  # whether it is current could not all be asked
    remedy: str | None = None  # a command that mends the first broken link
    root: str | None = None  # of the lock of the reference
    update: str | None = None  # a command that makes anew what is stale

    def blame(self, text: str, remedy: str | None) -> None:
        """Add a broken link, and the command that mends it."""
        self.remedy = self.remedy if self.broken else remedy
        self.broken.append(text)

    def lines(self) -> list[str]:
        """Return the report as a person reads it; the first broken link stands first."""
        absent = f", {self.num_absent} more known by digest alone" if self.num_absent else ""
        lines = [f"{self.store}: {self.num_manifests} manifests, {self.num_files} files{absent}"]
        verdicts = [("intact", "first broken link", self.broken), ("current", "first", self.stale)]
        for verdict, first, found in verdicts if self.num_manifests else verdicts[:1]:
            untold = self.notes if found is self.stale else []
            lines.append(f"  {verdict}: {'NO' if found else 'cannot be told' if untold else 'yes'}")
            lines += [f"    {first}: {text}" for text in found[:1]]
            if found is self.broken and self.remedy:
                lines.append(f"    to mend it: {self.remedy}")
            if found is self.stale and self.update:
                lines.append(f"    to make it anew: {self.update}")
            lines += [f"    {text}" for text in found[1:20]]
            lines += [f"    and {len(found) - 20} more"] if len(found) > 20 else []
        lines += [f"  root: {self.root}"] if self.root else []
        return lines + [f"  note: {text}" for text in self.notes]


def verify_here(path: str | None = None, root: str | None = None) -> list[Report]:
    """Check all results there are, or one file or folder with all it rests on.

    ``root`` is that of the lock of the reference, as it was had elsewhere. Raises DataError if there is
    nothing to check: no results, or no manifest that speaks of it.
    """
    if not path or Path(os.path.relpath(path)) == Path("."):
        reports = [verify(live())] if any(live().manifests()) else []
        reports += [_verify_reference(None, root)] if has_reference() else []
        if not reports:
            raise DataError("there are no results here to verify; run make reproduce")
        return reports
    place = result_path(path)
    report = _verify_reference(place, root) if is_kept(place) else verify(live(), place)
    if not (report.num_manifests or report.broken):
        raise DataError(f"no manifest speaks of {path}; nothing was checked")
    return [report]


def _verify_reference(path: Path | None, root: str | None) -> Report:
    if not has_reference():
        reference()  # says that there is none
    try:
        report = verify(reference(), path)
    except DataError as error:  # of the archive, without which nothing more can be said
        report = Report("reference", broken=[str(error)], remedy=RESTORE)
    for text in root_problems(root):
        report.blame(text, RESTORE)
    report.root = known_root()
    return report


def verify(store: Store, path: Path | None = None) -> Report:
    """Check a store, or one file or folder of it with all it rests on."""
    chain, bad = load_chain(store)
    # The lock and what it locks beside manifests speak of the reference as a whole.
    every = path is None or path in OUTSIDE or path.as_posix() in store.folders.values()
    inside = "" if every or path is None else store.named(path)
    names = chain.upstream([name for name in chain.manifests if _covers(chain, name, inside)])
    report = Report(store.name, num_manifests=len(names))
    for name, text in bad.items():
        report.blame(text, store.remedy(name))
    if not (names or store.locate(inside).exists()):
        report.blame(f"{path} is missing", None)
    for name in names:
        _check(chain, name, report)
    _blame_orphans(chain, inside, report)
    if not store.keeps_everything:
        for text in lock_problems(store, chain.manifests):
            report.blame(text, store.remedy(""))
    stale, report.notes, targets = judge(
        {name: chain.manifests[name] for name in names}, store.shown
    )
    report.stale += stale
    if targets and store.keeps_everything:
        # Without its records in .snakemake, Snakemake sees none of this; runs that are right are kept.
        report.update = f"snakemake --cores all --forceall {' '.join(targets)}"
    return report


def _covers(chain: Chain, name: str, inside: str) -> bool:
    """Return whether a manifest belongs to a file or folder that was asked for."""
    return any(_within(file, inside) for file in (name, *chain.manifests[name].outputs))


def _within(file: str, inside: str) -> bool:
    return not inside or file == inside or file.startswith(f"{inside}/")


def _check(chain: Chain, name: str, report: Report) -> None:
    """Compare the outputs and inputs of one manifest with what is there."""
    manifest, store = chain.manifests[name], chain.store
    for output, digest in manifest.outputs.items():
        found = store.digest(output)
        report.num_files += found is not None
        if found is None and store.may_lack(output, manifest.rule):
            report.num_absent += 1
        elif found is None:
            text = f"{store.shown(output)} is missing; {store.shown(name)} says that it was made"
            report.blame(text, store.remedy(output))
        elif found != digest:
            text = f"{store.shown(output)} was changed since rule {manifest.rule} made it"
            report.blame(text, store.remedy(output))
    for source, digest in manifest.inputs.items():
        _check_source(chain, name, source, digest, report)


def _check_source(chain: Chain, name: str, source: str, digest: str, report: Report) -> None:
    """Compare one input of a manifest with what its maker made, or with what it must be."""
    store, maker = chain.store, chain.makers.get(source)
    made = chain.manifests[maker].outputs[source] if maker else store.digest(source)
    if (is_known := bool(maker) or source in chain.manifests) and made == digest:
        return
    shown, place = store.shown(name), store.shown(source)
    if is_known:
        text = f"{shown}: made from another {place} than the one that is there"
        report.blame(text, store.remedy(source))
    elif raw := known_file(Path(source)):
        title, expected = raw
        if digest != expected:
            text = f"{shown}: made from a {source} that is not the canonical {title}"
            report.blame(text, store.remedy(name))
    elif source.startswith(SOURCES):
        if made != digest:
            report.stale.append(f"{source} is not what {shown} was made with")
    elif made is None:
        report.blame(f"{place} is missing; {shown} was made from it", store.remedy(source))
    else:
        report.blame(f"{place}, which {shown} was made from, has no manifest", store.remedy(source))


def _blame_orphans(chain: Chain, inside: str, report: Report) -> None:
    """Blame the files that no manifest speaks of, and symbolic links in the place of files."""
    own = {*OUTSIDE, *map(chain.store.locate, chain.makers)}
    for name in chain.store.names():
        place = chain.store.locate(name)
        left = chain.store.keeps_everything and is_left_by_a_rule(place)
        known = place in own or name.endswith("manifest.json") or left
        if (link := linked(place)) and _within(name, inside):
            text = f"{link} is a symbolic link: what it leads to can change unseen"
            report.blame(text, f"rm {shlex.quote(str(link))} && {_again(chain.store)}")
            continue
        if not known and name not in chain.store.archived and _within(name, inside):
            text = f"{place} has no manifest: nobody knows where it came from"
            # It may be a stranger, or a result that has lost its manifest and is made again.
            report.blame(text, f"rm {shlex.quote(str(place))} && {_again(chain.store)}")


def _again(store: Store) -> str:
    return "snakemake --cores all" if store.keeps_everything else RESTORE
