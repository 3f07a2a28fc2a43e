"""Batches: the seeds of one cell in one process, each run kept as soon as it is whole."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from relaxpen.experiment import instances
from relaxpen.experiment.comparison.dispatch import run_comparison, run_penalized
from relaxpen.experiment.comparison.settings import AnyContest, ComparisonSettings
from relaxpen.experiment.fingerprint import fingerprint
from relaxpen.experiment.machine import software_facts, torch_facts
from relaxpen.experiment.manifest import (
    Job,
    digests,
    relative,
    text_digest,
)
from relaxpen.experiment.outcome import RunResult
from relaxpen.experiment.penalized.settings import PenalizedSettings
from relaxpen.experiment.prepare import check_instance, write_index
from relaxpen.experiment.record import MANIFEST, is_current, write_run
from relaxpen.experiment.references import run_references
from relaxpen.experiment.runs import run_method
from relaxpen.experiment.settings import Settings
from relaxpen.experiment.tensors import build_instance
from relaxpen.inputs.errors import DataError

SHOWN = {"refit_test_loss": "final test loss", "value": "validation loss"}


@dataclass(frozen=True)
class Batch:
    """One method on one cell, for several seeds."""

    settings: Settings | AnyContest
    method: str  # one of METHODS, "references", or the name of a comparison's method
    seeds: list[int]
    instance: Path  # folder with split/ and labels/
    pool: Path | None  # the npz file of the source, if it is one of files
    out: Path  # runs go to out/seed=S, the index to out/index.json
    steps_of: Path | None = None  # folder of the runs whose number of steps is taken over

    @property
    def rule(self) -> str:
        """The rule whose code makes these runs."""
        if isinstance(self.settings, AnyContest):
            return self.settings.rule
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


def run_folder(out: Path, seed: int) -> Path:
    """Return the folder of one run of a batch."""
    return out / f"seed={seed}"


def compute(
    batch: Batch, seed: int, num_steps: int | None, device: torch.device, silent: bool = False
) -> RunResult:
    """Run one seed and return its result, with progress on standard error; writes nothing."""
    settings, title = batch.settings, f"{batch.method} seed {seed}"
    if isinstance(settings, PenalizedSettings):
        results = run_penalized(settings, batch.instance, seed, batch.pool)
        return _watch(results, settings.num_measurements, title, silent)
    arrays = instances.load_arrays(settings, batch.instance, seed, batch.pool)
    instance = build_instance(settings, arrays, device)
    if batch.method == "references":
        return run_references(settings, instance)
    if isinstance(settings, ComparisonSettings):
        most = settings.measure.num_checkpoints
        return _watch(run_comparison(settings, instance, seed), most, title, silent)
    most = num_steps or settings.upper.max_rounds * settings.upper.steps_per_round
    results = run_method(settings, batch.method, instance, seed, num_steps)
    return _watch(results, most, title, silent)


def _watch(results: Iterator[RunResult], most: int, title: str, silent: bool) -> RunResult:
    """Return the last of the growing results, with progress on standard error."""
    quiet = 0.2 if sys.stderr.isatty() else 20.0
    with tqdm(total=most, desc=title, mininterval=quiet, disable=silent) as bar:
        for result in results:
            row = result.trace[-1] if result.trace else {}
            for name in ("test_loss", "value"):
                if name in row:
                    bar.set_postfix_str(f"{name.replace('_', ' ')} {row[name]:.4f}", False)
            bar.update(min(most, len(result.trace)) - bar.n)
    return result


def _run_seed(batch: Batch, seed: int, job: Job, device: torch.device) -> None:
    """Compute and write one run, unless the one that is there is it."""
    started, folder = datetime.now(UTC), run_folder(batch.out, seed)
    num_steps, inputs = _steps_taken(batch.steps_of, seed), digests(_inputs(batch, seed))
    facts = _facts(batch, seed, num_steps)
    key = _key(batch.rule, facts, inputs)
    if is_current(folder, key):
        print(f"{folder}: already there", flush=True)
        return
    result = compute(batch, seed, num_steps, device)

    def write_manifest(path: Path, files: dict[str, str]) -> None:
        outputs = {relative(folder / name): digest for name, digest in files.items()}
        job.write_digests(path, inputs, outputs, seed, key, started)

    write_run(folder, facts, result, write_manifest)
    print(f"{folder}: {_summary(result)}", flush=True)


def _facts(batch: Batch, seed: int, num_steps: int | None) -> dict[str, Any]:
    """Return what identifies a run, apart from its data and the versions of packages."""
    return {
        "method": batch.method,
        "seed": seed,
        "settings": batch.settings.model_dump(),
        "num_steps_given": num_steps,
        "code": fingerprint(batch.rule),
    }


def run_key(batch: Batch, seed: int) -> str:
    """Return the digest of all that a run is computed from, wherever its data lies."""
    facts = _facts(batch, seed, _steps_taken(batch.steps_of, seed))
    return _key(batch.rule, facts, digests(_inputs(batch, seed)))


def _key(rule: str, facts: dict[str, Any], inputs: dict[str, str]) -> str:
    return text_digest(facts | {"data": sorted(inputs.values()), "versions": software_facts(rule)})


def _inputs(batch: Batch, seed: int) -> list[Path]:
    """Return the files that a run reads."""
    if isinstance(batch.settings, PenalizedSettings):
        split = instances.seed_file(batch.instance / "split", seed)
        return [split] + ([batch.pool] if batch.pool else [])
    files = instances.data_files(batch.settings, batch.instance, seed, batch.pool)
    return files + ([_steps_record(batch.steps_of, seed)] if batch.steps_of else [])


def check_steps(batch: Batch) -> None:
    """Refuse a batch that takes over the steps of runs that are not there; raises DataError."""
    for seed in batch.seeds:
        _steps_taken(batch.steps_of, seed)


def _steps_record(folder: Path, seed: int) -> Path:
    record = run_folder(folder, seed) / "record.json"
    if not record.exists():
        raise DataError(f"{record} is missing; make the runs whose steps are taken over first")
    return record


def _steps_taken(folder: Path | None, seed: int) -> int | None:
    if folder is None:
        return None
    record = _steps_record(folder, seed)
    try:
        return int(json.loads(record.read_bytes())["counts"]["steps"])
    except (ValueError, KeyError, TypeError):
        raise DataError(
            f"{record} is damaged; make the runs whose steps are taken over again"
        ) from None


def _summary(result: RunResult) -> str:
    parts = [str(result.status)]
    if result.counts:
        seconds = result.solver_s[-1] if result.solver_s else 0.0  # it diverged before a checkpoint
        parts.append(f"{result.counts['steps']} steps in {seconds:.1f} s")
    for name, mask in result.masks.items():
        kept = f"keeps {mask['num_kept']}, " if "num_kept" in mask else ""
        loss = "refit_test_loss" if "refit_test_loss" in mask else "value"
        parts.append(f"{name}: {kept}{SHOWN[loss]} {mask[loss]:.4f}")
    return "; ".join(parts)
