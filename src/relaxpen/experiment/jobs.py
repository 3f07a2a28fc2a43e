"""Batches: the seeds of one cell in one process, each run kept as soon as it is whole."""

import hashlib
import json
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from relaxpen.experiment import instances
from relaxpen.experiment.build import build_instance
from relaxpen.experiment.fingerprint import fingerprint
from relaxpen.experiment.machine import machine_facts, software_facts
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.prepare import check_instance, write_index
from relaxpen.experiment.record import is_current, write_run
from relaxpen.experiment.runs import RunResult, run_method, run_references
from relaxpen.experiment.settings import Settings, canonical, digest


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


def run_batch(batch: Batch, device: torch.device) -> None:
    """Run every seed that is not there yet, then write the index of all of them."""
    torch.set_float32_matmul_precision("highest")  # slopes would not survive less
    check_instance(batch.instance, batch.settings, batch.seeds)
    for stale in batch.out.glob(".seed=*.draft"):  # of a job that was killed
        shutil.rmtree(stale)
    for seed in batch.seeds:
        num_steps = _steps_taken(batch.steps_of, seed)
        facts = _facts(batch, seed, num_steps)
        folder = run_folder(batch.out, seed)
        if is_current(folder, facts["key"]):
            print(f"{folder}: already there", flush=True)
            continue
        begin = time.perf_counter()
        facts |= {"started": datetime.now(UTC).isoformat(timespec="seconds")}
        result = _run(batch, seed, num_steps, device)
        facts |= {"machine": machine_facts(device)}
        write_run(folder, facts | {"wall_s": time.perf_counter() - begin}, result)
        print(f"{folder}: {_summary(result)}", flush=True)
    write_index(batch.out, [run_folder(batch.out, seed) / "record.json" for seed in batch.seeds])


def run_folder(out: Path, seed: int) -> Path:
    """Return the folder of one run of a batch."""
    return out / f"seed={seed}"


def _facts(batch: Batch, seed: int, num_steps: int | None) -> dict[str, Any]:
    """Return what identifies a run, with the key that all of it makes."""
    data = instances.data_digests(batch.settings, batch.instance, seed, batch.pool)
    facts = {
        "method": batch.method,
        "seed": seed,
        "settings": batch.settings.model_dump(),
        "settings_digest": digest(batch.settings),
        "num_steps_given": num_steps,
        "code": fingerprint(),
        "data": data,
        "versions": software_facts(),
    }
    return facts | {"key": hashlib.sha256(canonical(facts).encode()).hexdigest()}


def _run(batch: Batch, seed: int, num_steps: int | None, device: torch.device) -> RunResult:
    settings = batch.settings
    arrays = instances.load_arrays(settings, batch.instance, seed, batch.pool)
    instance = build_instance(settings, arrays, device)
    if batch.method == "references":
        return run_references(settings, instance)
    most = num_steps or settings.upper.max_rounds * settings.upper.steps_per_round
    quiet = 0.2 if sys.stderr.isatty() else 20.0
    with tqdm(total=most, desc=f"{batch.method} seed {seed}", mininterval=quiet) as bar:
        for result in run_method(settings, batch.method, instance, seed, num_steps):
            row = result.trace[-1]
            bar.set_postfix_str(f"round {row['round']}, test loss {row['test_loss']:.4f}", False)
            bar.update(len(result.trace) - bar.n if row["phase"] == "search" else 0)
    return result


def _steps_taken(folder: Path | None, seed: int) -> int | None:
    if folder is None:
        return None
    record = run_folder(folder, seed) / "record.json"
    if not record.exists():
        raise DataError(f"{record} is missing; make the runs whose steps are taken over first")
    return json.loads(record.read_text())["counts"]["steps"]


def _summary(result: RunResult) -> str:
    parts = [str(result.status)]
    if result.counts:
        seconds = result.solver_s[-1]
        parts.append(f"{result.counts['steps']} steps in {seconds:.1f} s")
    for name, mask in result.masks.items():
        kept = f"keeps {mask['num_kept']}, " if "num_kept" in mask else ""
        parts.append(f"{name}: {kept}final test loss {mask['refit_test_loss']:.4f}")
    return "; ".join(parts)
