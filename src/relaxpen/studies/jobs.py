"""Jobs: the seeds of one batch in one process, each run kept as soon as it is whole."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from tqdm import tqdm

from relaxpen.data.prepare import check_instance
from relaxpen.records.index import write_index
from relaxpen.records.layout import INDEX
from relaxpen.records.machine import torch_facts
from relaxpen.records.manifest import Job, digests, relative
from relaxpen.records.outcome import RunResult
from relaxpen.records.record import MANIFEST, is_current, write_run
from relaxpen.studies.batch import Batch
from relaxpen.tasks.task import Asked, InstanceFiles, imported

SHOWN = {"refit_test_loss": "final test loss", "value": "validation loss"}


def run_batch(batch: Batch, device: torch.device, words: list[str]) -> None:
    """Run every seed that is not there yet, then write the index of all of them.

    ``words`` are the arguments of the command line that asks for it, for the manifests.
    """
    torch.set_float32_matmul_precision("highest")  # slopes would not survive less
    check_instance(batch.instance, batch.settings.data, batch.seeds)
    for stale in batch.out.glob(".seed=*.draft"):  # of a job that was killed
        shutil.rmtree(stale)
    job = Job(batch.rule, words, batch.settings.model_dump(mode="json"), torch_facts(device))
    for seed in batch.seeds:
        _run_seed(batch, seed, job, device)
    _write_whole(job, batch.out, [batch.folder(seed) / MANIFEST for seed in batch.seeds])


def run_sweep(
    batches: dict[str, Batch], out: Path, device: torch.device, words: dict[str, list[str]]
) -> None:
    """Run a batch for each point by name, in folders of ``out`` that are called so.

    ``words`` are, by point, the arguments of the command line that make its batch alone, and under
    "" those of the sweep.
    """
    first = next(iter(batches.values()))
    settings = {name: one.settings.model_dump(mode="json") for name, one in batches.items()}
    job = Job(first.rule, words[""], settings, torch_facts(device))
    for name, batch in batches.items():
        run_batch(replace(batch, out=out / name), device, words[name])
    _write_whole(job, out, [out / name / MANIFEST for name in batches])


def compute(
    batch: Batch, seed: int, num_steps: int | None, device: torch.device, silent: bool = False
) -> RunResult:
    """Run one seed and return its result, with progress on standard error; writes nothing."""
    task, settings = batch.task, batch.settings
    files = InstanceFiles(batch.instance, batch.pool)
    data = imported(task.load)(settings, files, seed, device)
    asked = Asked(batch.method, seed, num_steps)
    results = imported(task.run_of(batch.rule.name))(settings, data, asked)
    title = f"{batch.method} seed {seed}"
    return _watch(results, num_steps or settings.num_measurements(), title, silent)


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
    started, folder = datetime.now(UTC), batch.folder(seed)
    inputs = digests(batch.inputs(seed))
    key = batch.key(seed, inputs)
    if is_current(folder, key):
        print(f"{folder}: already there", flush=True)
        return
    result = compute(batch, seed, batch.num_steps(seed), device)

    def write_manifest(path: Path, files: dict[str, str]) -> None:
        outputs = {relative(folder / name): digest for name, digest in files.items()}
        job.write_digests(path, inputs, outputs, seed, key, started)

    write_run(folder, batch.facts(seed), result, write_manifest)
    print(f"{folder}: {_summary(result)}", flush=True)


def _write_whole(job: Job, out: Path, manifests: list[Path]) -> None:
    """Write the index of what manifests say, and its own manifest."""
    write_index(out, manifests)
    job.write(out / MANIFEST, manifests, [out / INDEX])


def _summary(result: RunResult) -> str:
    parts = [str(result.status)]
    if result.counts:
        seconds = result.solver_s[-1] if result.solver_s else 0.0  # it diverged before a checkpoint
        parts.append(f"{result.counts['steps']} steps in {seconds:.1f} s")
    for name, mask in result.masks.items():
        facts = [f"keeps {mask['num_kept']}"] if "num_kept" in mask else []
        facts += [f"{title} {mask[loss]:.4f}" for loss, title in SHOWN.items() if loss in mask][:1]
        parts.append(f"{name}: {', '.join(facts)}" if facts else name)
    return "; ".join(parts)
