"""The chain behind one artefact, or behind one row of a table, down to the data."""

import shlex
from pathlib import Path

from relaxpen.audit.chain import Chain, load_chain
from relaxpen.audit.choose_row import choose_row
from relaxpen.audit.places import place_of
from relaxpen.audit.store import COMPARED, MADE_AGAIN, REFERENCE, result_path, store_of
from relaxpen.audit.verify import SOURCES
from relaxpen.experiment.data_files import title_of
from relaxpen.inputs.errors import DataError

RUNS = ("run", "references", *COMPARED)
NO_MANIFEST = "no manifest speaks of it"
CHANGED = "  (changed since)"


def trace(path: Path, words: list[str]) -> tuple[list[str], bool]:
    """Return the chain behind a file, as a person reads it, and whether it is unchanged.

    ``words``, such as "instance=source=mnist,noise_rate=0.2", choose one row of a table; the runs
    are then those of that row. Raises DataError if nothing made the file or no one row is meant.
    """
    place = result_path(path)
    store = store_of(place)
    chain, bad = load_chain(store)
    name = store.named(place)
    if name not in chain.makers:
        raise DataError(_unknown(path, place, bad))
    row = choose_row(store, name, words) if words else {}
    lines = [f"{key} = {value}" for key, value in row.items()]
    lines += [""] if row else []
    names = list(reversed(chain.upstream([chain.makers[name]])))
    results = [one for one in names if chain.manifests[one].rule not in MADE_AGAIN]
    batches = [one for one in names if _is_batch(chain, one)]
    chosen = [one for one in batches if _matches(chain, one, row)][::-1]
    below = chain.upstream(chosen[:1] or [chain.makers[name]])
    runs_and_data = [one for one in reversed(below) if one not in results]
    for one in results:
        lines += _lines(chain, one)
    lines += _batch_lines(chain, chosen) if chosen else []
    written = [one for one in runs_and_data if not _is_batch(chain, one)]
    for one in written:
        lines += _lines(chain, one)
    return lines, not any(_changed(chain, one) for one in (*results, *written))


def _unknown(path: Path, place: Path, bad: dict[str, str]) -> str:
    """Return why there is no chain behind a path."""
    if not place.exists():
        kept = " and ".join(sorted(REFERENCE.values()))
        return f"{path} does not exist; the committed results lie under {kept}"
    if place.is_dir():
        return f"{path} is a folder; name one file in it"
    return f"where {path} came from is not known: {next(iter(bad.values()), NO_MANIFEST)}"


def _is_batch(chain: Chain, name: str) -> bool:
    """Return whether a manifest is that of several seeds of one cell; a sweep has several cells."""
    manifest = chain.manifests[name]
    made_of = [chain.manifests[one] for one in manifest.inputs if one in chain.manifests]
    of_runs = all(one.seed is not None for one in made_of)
    return manifest.rule in RUNS and manifest.seed is None and of_runs


def _matches(chain: Chain, batch: str, row: dict[str, str]) -> bool:
    """Return whether a batch is behind a row.

    A row that names its batches, as those of claims.csv do, has no others behind it.
    """
    folder = batch.removesuffix("/manifest.json")
    if row.get("batches"):
        return folder in row["batches"].split()
    place = place_of(folder, chain.manifests[batch].rule)
    return all(not row.get(key) or row[key] == value for key, value in place.items())


def _batch_lines(chain: Chain, batches: list[str]) -> list[str]:
    lines = [f"{len(batches)} batches of runs; the chain of the first is written out below"]
    for one in batches:
        seeds = [
            str(chain.manifests[source].seed)
            for source in chain.manifests[one].inputs
            if source in chain.manifests
        ]
        lines.append(f"  {Path(one).parent}: seeds {' '.join(seeds)}")
    return [*lines, ""]


def _lines(chain: Chain, name: str) -> list[str]:
    """Return the paragraph of one manifest."""
    manifest = chain.manifests[name]
    commit = manifest.git["commit"]
    state = {True: "with uncommitted changes", False: "clean", None: "unknown"}
    code = f"{manifest.rule} {manifest.code[:16]}, commit {commit and commit[:12]}"
    seed = "" if manifest.seed is None else f", seed {manifest.seed}"
    facts = {
        "made by": shlex.join(manifest.command),
        "settings": f"{manifest.settings_digest[:16]}{seed}",
        "code": f"{code} ({state[manifest.git['dirty']]})",
        "when": f"{manifest.started:%Y-%m-%d %H:%M:%S} to {manifest.ended:%H:%M:%S} UTC",
    }
    lines = [_file(chain, name, output, digest) for output, digest in manifest.outputs.items()]
    lines += [f"  {key:9} {value}" for key, value in facts.items()]
    for source, digest in manifest.inputs.items():
        if not source.endswith("index.json") or not manifest.rule.startswith("collect_runs"):
            title = title_of(digest)
            known = f"  canonical {title}" if title else ""
            lines.append(f"  {'from':9} {_file(chain, name, source, digest)}{known}")
    return [*lines, ""]


def _file(chain: Chain, name: str, file: str, digest: str) -> str:
    """Return a file with the digest that a manifest has, and how it is on disk."""
    store = chain.store
    found, maker = store.digest(file), chain.manifests[chain.makers.get(file, name)]
    # What the reference keeps by digest alone lies nowhere: it is called as the manifests call it.
    lies_nowhere = found is None and store.may_lack(file, maker.rule)
    place = file if lies_nowhere else store.shown(file)
    absent = "  (not kept in the reference)" if lies_nowhere else "  (not here)"
    state = "" if found == digest else absent if found is None else CHANGED
    return f"{place}  sha256 {digest[:16]}{state}"


def _changed(chain: Chain, name: str) -> bool:
    """Return whether a file that a manifest names is there and another."""
    manifest, store = chain.manifests[name], chain.store
    named = list(manifest.outputs.items())
    # The reference may be of an earlier study file: that is no change of the reference.
    named += [
        (source, digest)
        for source, digest in manifest.inputs.items()
        if store.keeps_everything or not source.startswith(SOURCES)
    ]
    return any(store.digest(file) not in (None, digest) for file, digest in named)
