"""Recorded tables, figures and claims made again from what they rest on, and compared byte by byte."""

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import pandas as pd

from relaxpen.audit.chain import Chain
from relaxpen.audit.circumstances import Verdict, code_said
from relaxpen.audit.store import Store
from relaxpen.audit.versions import version_problem
from relaxpen.claims.load_claims import load_claims
from relaxpen.claims.page import write_claims
from relaxpen.experiment import catalog, figures, tables
from relaxpen.experiment.comparison import catalog as compared
from relaxpen.experiment.comparison import figures as compared_figures
from relaxpen.experiment.comparison import tables as compared_tables
from relaxpen.experiment.comparison.studies import load_comparison
from relaxpen.experiment.files import sha256
from relaxpen.experiment.manifest import Manifest
from relaxpen.experiment.studies import load_study
from relaxpen.experiment.table_files import texts_of
from relaxpen.inputs.errors import DataError, SettingsError

TABLES = {"table": (tables, catalog), "table_comparison": (compared_tables, compared)}
FIGURES = {"figure": (figures, catalog), "figure_comparison": (compared_figures, compared)}
SHOWN = (*TABLES, *FIGURES, "claims")
Digests = dict[str, str]


def shown_by(chain: Chain, runs: list[str]) -> list[str]:
    """Return the manifests of every table, figure and page of claims that rests on one of some runs."""
    below: dict[str, bool] = {}

    def rests(name: str) -> bool:
        if name not in below:
            manifest = chain.manifests[name]
            sources = {chain.makers.get(source, source) for source in manifest.inputs}
            known = sources & chain.manifests.keys()
            below[name] = name in runs or any(rests(one) for one in known)
        return below[name]

    return [name for name, one in chain.manifests.items() if one.rule in SHOWN and rests(name)]


def replay_shown(chain: Chain, name: str, scratch: Path) -> Verdict:
    """Make a table, a figure or a page of claims again from its recorded inputs, and compare bytes."""
    manifest, started = chain.manifests[name], time.perf_counter()
    try:
        word, how = _compared(chain.store, name, manifest, scratch)
    except (DataError, SettingsError) as error:
        word, how = "not compared", " ".join(str(error).split())
    shown = chain.store.shown(name).removesuffix(".manifest.json")
    return Verdict(shown, word, how, code_said(manifest), time.perf_counter() - started)


def _compared(store: Store, name: str, manifest: Manifest, scratch: Path) -> tuple[str, str]:
    folder = scratch / "shown" / name
    made = _make(store, name, manifest, folder)
    recorded = {Path(file).name: digest for file, digest in manifest.outputs.items()}
    kept = {
        Path(file).name: store.digest(file) or digest for file, digest in manifest.outputs.items()
    }
    other = [file for file in recorded if not made.get(file) == recorded[file] == kept[file]]
    if not other:
        return "bitwise", f"{', '.join(recorded)}: the same bytes"
    if reason := version_problem(manifest):
        return "not compared", f"{', '.join(other)}: other bytes, but {reason}"
    return "different", f"{', '.join(other)}: other bytes than are made from what is recorded"


def _make(store: Store, name: str, manifest: Manifest, folder: Path) -> Digests:
    """Return the digest of each file that is made, by its name.

    Raises DataError if an input is not here or not the recorded one.
    """
    title = Path(name).name.removesuffix(".manifest.json")
    config = _config(store, manifest, title if manifest.rule == "claims" else name.split("/")[1])
    if manifest.rule == "claims":
        return _claims(store, title, manifest, config, folder)
    read_study = load_comparison if manifest.rule.endswith("_comparison") else load_study
    study = read_study(config)
    if manifest.rule in TABLES:
        made, known = TABLES[manifest.rule]
        read = [_collected(store, manifest, part) for part in ("summary", "traces")]
        texts = texts_of(title, made.MAKERS, known.TABLES, study, *read)
        return {
            f"{title}.{extension}": hashlib.sha256(text.encode()).hexdigest()
            for extension, text in texts.items()
        }
    for source in _inputs(manifest, ".csv"):
        _copy(store, manifest, source, folder / Path(source).name)
    draw = FIGURES[manifest.rule][0].write_figure
    return {path.name: sha256(path) for path in draw(title, folder, folder, study.smoke)}


def _claims(store: Store, title: str, manifest: Manifest, config: Path, folder: Path) -> Digests:
    """Return the digests of the pages of claims, judged again by the summaries and traces recorded."""
    for source in _inputs(manifest, ".parquet"):
        _copy(store, manifest, source, folder / source)
    made = write_claims(load_claims(config), folder / "results", folder / "out", title)
    return {path.name: sha256(path) for path in made}


class Absent:
    """Stands for the traces of a study where they are not kept: a table that reads them is told."""

    def __init__(self, problem: DataError) -> None:
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        raise self._problem

    def __getitem__(self, key: Any) -> Any:
        raise self._problem


def _collected(store: Store, manifest: Manifest, part: str) -> Any:
    """Return the frame of a study that a table was made from, or what stands for one that is absent."""
    (name,) = [name for name in manifest.inputs if name.endswith(f"/{part}.parquet")]
    try:
        return pd.read_parquet(io.BytesIO(_read(store, manifest, name)))
    except DataError as problem:
        if part == "summary":
            raise
        return Absent(problem)


def _copy(store: Store, manifest: Manifest, name: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(_read(store, manifest, name))


def _read(store: Store, manifest: Manifest, name: str) -> bytes:
    """Return the bytes of an input, if they are the recorded ones."""
    content = store.read(name)
    if content is None:
        raise DataError(f"it rests on {name}, which is not kept")
    if hashlib.sha256(content).hexdigest() != manifest.inputs[name]:
        raise DataError(f"{store.shown(name)} is not what it was made from; run relaxpen verify")
    return content


def _inputs(manifest: Manifest, suffix: str) -> list[str]:
    return [name for name in manifest.inputs if name.endswith(suffix)]


def _config(store: Store, manifest: Manifest, stem: str) -> Path:
    """Return the file of a study or of claims by its stem, if config is as it was.

    The recorded settings would not do: they do not say in which order a grid is swept. Raises DataError
    if a file of config is another.
    """
    files = [name for name in manifest.inputs if name.startswith("config/")]
    for name in files:
        if store.digest(name) != manifest.inputs[name]:
            commit = manifest.git["commit"] or "unknown"
            raise DataError(f"{name} is not what it was made with; check out commit {commit[:12]}")
    return next(Path(name) for name in files if Path(name).stem == stem)
