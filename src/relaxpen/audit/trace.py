"""The chain behind one artefact, or behind one row of a table, down to the data."""

import csv
import io
import shlex
from pathlib import Path

from relaxpen.audit.store import MADE_AGAIN, store_of
from relaxpen.audit.verify import Chain, load_chain
from relaxpen.experiment.mnist_files import DIGESTS, DataError

PLACES = ("instance", "cell", "method")
RUNS = ("run", "references")


def trace(path: Path, words: list[str]) -> list[str]:
    """Return the chain behind a file, as a person reads it.

    ``words``, such as "instance=source=mnist,noise_rate=0.2", choose one row of a table; the runs
    are then those of that row. Raises DataError if nothing made the file or no one row is meant.
    """
    store = store_of(path)
    chain, bad = load_chain(store)
    name = store.named(path)
    if name not in chain.makers:
        problem = next(iter(bad.values()), "no manifest speaks of it")
        raise DataError(f"where {path} came from is not known: {problem}")
    row = _row(chain, name, words) if words else {}
    lines = [f"{key} = {value}" for key, value in row.items()]
    lines += [""] if row else []
    names = list(reversed(chain.upstream([chain.makers[name]])))
    results = [one for one in names if chain.manifests[one].rule not in MADE_AGAIN]
    chosen = [one for one in names if _is_batch(chain, one) and _matches(one, row)][::-1]
    below = chain.upstream(chosen[:1] or [chain.makers[name]])
    runs_and_data = [one for one in reversed(below) if one not in results]
    for one in results:
        lines += _lines(chain, one)
    lines += _batch_lines(chain, chosen) if chosen else []
    for one in runs_and_data:
        lines += [] if _is_batch(chain, one) else _lines(chain, one)
    return lines


def _row(chain: Chain, name: str, words: list[str]) -> dict[str, str]:
    """Return the one row of a CSV file in which every COLUMN=VALUE holds."""
    if not name.endswith(".csv"):
        raise DataError(f"--row needs a .csv file; {name} is none")
    text = (chain.store.read(name) or b"").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    wanted = dict(word.partition("=")[::2] for word in words)
    for column in wanted.keys() - rows[0].keys():
        raise DataError(f"{name} has no column {column!r}; it has {', '.join(rows[0])}")
    found = [row for row in rows if all(row[column] == wanted[column] for column in wanted)]
    if len(found) != 1:
        some = "; ".join(" ".join(f"{k}={row[k]}" for k in list(row)[:6]) for row in found[:5])
        raise DataError(
            f"{len(found)} rows of {name} have {' '.join(words)}; give COLUMN=VALUE until one has. "
            f"{some or 'Columns: ' + ', '.join(rows[0])}"
        )
    return found[0]


def _is_batch(chain: Chain, name: str) -> bool:
    manifest = chain.manifests[name]
    return manifest.rule in RUNS and manifest.seed is None


def _matches(batch: str, row: dict[str, str]) -> bool:
    """Return whether a batch, results/STUDY/INSTANCE[/CELL]/METHOD/manifest.json, is behind a row.

    A row that names its batches, as those of claims.csv do, has no others behind it.
    """
    if row.get("batches"):
        return batch.removesuffix("/manifest.json") in row["batches"].split()
    parts = batch.split("/")[2:-1]
    place = dict(zip(PLACES, parts if len(parts) == 3 else [parts[0], "", parts[1]], strict=True))
    return all(not row.get(key) or row[key] == place[key] for key in PLACES)


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
    lines = [f"{output}  sha256 {digest[:16]}" for output, digest in manifest.outputs.items()]
    lines += [f"  {key:9} {value}" for key, value in facts.items()]
    for source, digest in manifest.inputs.items():
        if not source.endswith("index.json") or manifest.rule != "collect_runs":
            known = "  canonical MNIST" if digest in DIGESTS.values() else ""
            lines.append(f"  {'from':9} {source}  sha256 {digest[:16]}{known}")
    return [*lines, ""]
