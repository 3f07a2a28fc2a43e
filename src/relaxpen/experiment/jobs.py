"""Batches: the seeds of one cell in one process, each run kept as soon as it is whole."""

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from relaxpen.experiment import instances
from relaxpen.experiment.fingerprint import fingerprint
from relaxpen.experiment.machine import software_facts, torch_facts
from relaxpen.experiment.manifest import (
    Job,
    Manifest,
    digests,
    read_manifest,
    relative,
    text_digest,
)
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.outcome import RunResult
from relaxpen.experiment.prepare import check_instance, write_index, write_instance
from relaxpen.experiment.record import MANIFEST, is_current, write_run
from relaxpen.experiment.references import run_references
from relaxpen.experiment.runs import run_method
from relaxpen.experiment.settings import Settings
from relaxpen.experiment.tensors import build_instance


@dataclass(frozen=True)
class Batch:
    """One method on one cell, for several seeds."""

    settings: Settings
    method: str  # one of METHODS, or "references"
    seeds: list[int]
    instance: Path  # folder with split/ and labels/
    pool: Path | None  # the MNIST npz file
    out: Path  # runs go to out/seed=S, the index to out/index.json
    steps_of: Path | None = None  # folder of the runs whose number of steps is taken over

    @property
    def rule(self) -> str:
        """The rule whose code makes these runs."""
        return "references" if self.method == "references" else "run"


def run_batch(batch: Batch, device: torch.device, words: list[str]) -> None:
    """Run every seed that is not there yet, then write the index of all of them.

    ``words`` are the arguments of the command line that asks for it, for the manifests.
    """
    torch.set_float32_matmul_precision("highest")  # slopes would not survive less
    check_instance(batch.instance, batch.settings, batch.seeds)
    for stale in batch.out.glob(".seed=*.draft"):  # of a job that was killed
        shutil.rmtree(stale)
    job = Job(batch.rule, words, batch.settings.model_dump(), torch_facts(device))
    for seed in batch.seeds:
        _run_seed(batch, seed, job, device)
    manifests = [run_folder(batch.out, seed) / MANIFEST for seed in batch.seeds]
    write_index(batch.out, manifests)
    job.write(batch.out / MANIFEST, manifests, [batch.out / "index.json"])


def refuse_other_runs(batch: Batch) -> None:
    """Refuse a batch whose folders hold runs of another key, before anything is overwritten.

    Raises DataError that names the first one and in what it differs.
    """
    there = [seed for seed in batch.seeds if run_folder(batch.out, seed).exists()]
    if not there:
        return
    with tempfile.TemporaryDirectory() as scratch:
        write_instance(batch.settings, there, batch.pool, Path(scratch), [])
        again = replace(batch, instance=Path(scratch))
        for seed in there:
            if reason := _other_run(again, seed):
                raise DataError(
                    f"{run_folder(batch.out, seed)} holds another run ({reason}); give another "
                    "--out or delete it"
                )


def run_folder(out: Path, seed: int) -> Path:
    """Return the folder of one run of a batch."""
    return out / f"seed={seed}"


def compute(
    batch: Batch, seed: int, num_steps: int | None, device: torch.device, silent: bool = False
) -> RunResult:
    """Run one seed and return its result, with progress on standard error; writes nothing."""
    settings = batch.settings
    arrays = instances.load_arrays(settings, batch.instance, seed, batch.pool)
    instance = build_instance(settings, arrays, device)
    if batch.method == "references":
        return run_references(settings, instance)
    most = num_steps or settings.upper.max_rounds * settings.upper.steps_per_round
    quiet = 0.2 if sys.stderr.isatty() else 20.0
    title = f"{batch.method} seed {seed}"
    with tqdm(total=most, desc=title, mininterval=quiet, disable=silent) as bar:
        for result in run_method(settings, batch.method, instance, seed, num_steps):
            row = result.trace[-1]
            bar.set_postfix_str(f"round {row['round']}, test loss {row['test_loss']:.4f}", False)
            bar.update(len(result.trace) - bar.n if row["phase"] == "search" else 0)
    return result


def _run_seed(batch: Batch, seed: int, job: Job, device: torch.device) -> None:
    """Compute and write one run, unless the one that is there is it."""
    started, folder = datetime.now(UTC), run_folder(batch.out, seed)
    num_steps, inputs = _steps_taken(batch.steps_of, seed), digests(_inputs(batch, seed))
    facts = _facts(batch, seed, num_steps)
    key = _key(facts, inputs)
    if is_current(folder, key):
        print(f"{folder}: already there", flush=True)
        return
    result = compute(batch, seed, num_steps, device)

    def write_manifest(path: Path, files: dict[str, str]) -> None:
        outputs = {relative(folder / name): digest for name, digest in files.items()}
        job.write_digests(path, inputs, outputs, seed, key, started)

    write_run(folder, facts, result, write_manifest)
    print(f"{folder}: {_summary(result)}", flush=True)


def _other_run(batch: Batch, seed: int) -> str | None:
    """Return in what the run that is there is not the one that is asked for, None if it is."""
    folder = run_folder(batch.out, seed)
    try:
        there = read_manifest((folder / MANIFEST).read_bytes(), folder / MANIFEST)
        method = json.loads((folder / "record.json").read_text())["method"]
    except (OSError, ValueError, KeyError, DataError):
        return "its manifest or its record is missing or damaged"
    facts = _facts(batch, seed, _steps_taken(batch.steps_of, seed))
    if there.key == _key(facts, digests(_inputs(batch, seed))):
        return None
    if method != batch.method:
        return f"of {method}, not {batch.method}"
    return _difference(there, batch)


def _difference(there: Manifest, batch: Batch) -> str:
    old, new = (_flat(settings) for settings in (there.settings, batch.settings.model_dump()))
    for name in {**new, **old}:
        if old.get(name) != new.get(name):
            return f"{name} {old.get(name)!r}, not {new.get(name)!r}"
    if there.code != fingerprint(batch.rule):
        return "made by other code"
    return "made from other data, other numbers of steps, or with other versions of packages"


def _flat(settings: dict[str, Any]) -> dict[str, Any]:
    flat = {}
    for name, value in settings.items():
        inner = _flat(value) if isinstance(value, dict) else None
        flat |= (
            {name: value} if inner is None else {f"{name}.{key}": one for key, one in inner.items()}
        )
    return flat


def _facts(batch: Batch, seed: int, num_steps: int | None) -> dict[str, Any]:
    """Return what identifies a run, apart from its data and the versions of packages."""
    return {
        "method": batch.method,
        "seed": seed,
        "settings": batch.settings.model_dump(),
        "num_steps_given": num_steps,
        "code": fingerprint(batch.rule),
    }


def _key(facts: dict[str, Any], inputs: dict[str, str]) -> str:
    """Return the digest of all that a run is computed from, wherever its data lies."""
    return text_digest(facts | {"data": sorted(inputs.values()), "versions": software_facts()})


def _inputs(batch: Batch, seed: int) -> list[Path]:
    """Return the files that a run reads."""
    files = instances.data_files(batch.settings, batch.instance, seed, batch.pool)
    return files + ([_steps_record(batch.steps_of, seed)] if batch.steps_of else [])


def _steps_record(folder: Path, seed: int) -> Path:
    record = run_folder(folder, seed) / "record.json"
    if not record.exists():
        raise DataError(f"{record} is missing; make the runs whose steps are taken over first")
    return record


def _steps_taken(folder: Path | None, seed: int) -> int | None:
    if folder is None:
        return None
    return json.loads(_steps_record(folder, seed).read_text())["counts"]["steps"]


def _summary(result: RunResult) -> str:
    parts = [str(result.status)]
    if result.counts:
        seconds = result.solver_s[-1]
        parts.append(f"{result.counts['steps']} steps in {seconds:.1f} s")
    for name, mask in result.masks.items():
        kept = f"keeps {mask['num_kept']}, " if "num_kept" in mask else ""
        parts.append(f"{name}: {kept}final test loss {mask['refit_test_loss']:.4f}")
    return "; ".join(parts)
