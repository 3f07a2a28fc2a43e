"""Recorded runs made again in a clean folder, from what is recorded of them, and compared."""

import random
import time
from pathlib import Path

import torch
from pydantic import ValidationError

from relaxpen.audit.chain import Chain
from relaxpen.audit.circumstances import Verdict, code_said, not_bitwise
from relaxpen.audit.compare import TOLERANCE
from relaxpen.audit.replay_rows import differences, recorded_rows, rows_of_record
from relaxpen.audit.store import Store
from relaxpen.audit.workshop import Workshop
from relaxpen.data.instances import parts_of
from relaxpen.data.prepare import write_instance
from relaxpen.inputs.errors import DataError
from relaxpen.records.files import sha256
from relaxpen.records.identity import set_threads
from relaxpen.records.machine import choose_device
from relaxpen.records.manifest import Manifest
from relaxpen.records.record import write_run
from relaxpen.studies.batch import Batch
from relaxpen.studies.jobs import compute
from relaxpen.tasks.rules import task_of_rule
from relaxpen.tasks.task import Task

BITWISE = ("record.json", "trace.parquet", "masks.npz")
MOST = 4  # columns that a line names


def sample_runs(chain: Chain, number: int, seed: int, within: str = "") -> list[str]:
    """Return the manifests of some runs of a chain, drawn without replacement, of one folder if given.

    Raises DataError if there are none, or not as many.
    """
    runs = [
        name
        for name, one in sorted(chain.manifests.items())
        if one.seed is not None and (not within or name.startswith(f"{within}/"))
    ]
    if not runs:
        where = f"in {within}" if within else "here"
        raise DataError(
            f"there are no runs {where}; make reproduce makes them, and relaxpen replay "
            "results/reference replays those of the reference"
        )
    if not 1 <= number <= len(runs):
        raise DataError(f"--sample is {number}; there are {len(runs)} runs, give 1 to {len(runs)}")
    return random.Random(seed).sample(runs, number)


def replay(chain: Chain, name: str, workshop: Workshop) -> Verdict:
    """Make one recorded run again and compare.

    The same bytes are asked for where the packages and the machine are the recorded ones; elsewhere
    numbers may differ by a relative 0.05. Raises DataError if the record was changed.
    """
    manifest, started = chain.manifests[name], time.perf_counter()
    _refuse_changed(chain.store, name, manifest)
    threads = torch.get_num_threads()
    set_threads(manifest.torch["num_threads"] if manifest.torch else threads)
    try:
        word, how = _compared(chain, name, workshop)
    except (DataError, ValidationError) as error:
        word, how = "not compared", " ".join(str(error).split())
    finally:
        set_threads(threads)
    seconds = time.perf_counter() - started
    return Verdict(str(Path(name).parent), word, how, code_said(name, manifest), seconds)


def _compared(chain: Chain, name: str, workshop: Workshop) -> tuple[str, str]:
    """Return the word of the verdict and how it was come to."""
    manifest, device = chain.manifests[name], choose_device("auto")
    folder = workshop.scratch / "runs" / name
    data = _make(chain, name, workshop, folder, device)
    recorded = {
        Path(file).name: digest
        for file, digest in manifest.outputs.items()
        if Path(file).name in BITWISE
    }
    if recorded == {file: sha256(folder / "run" / file) for file in recorded}:
        return "bitwise", f"{', '.join(recorded)}: the same bytes"
    reason = not_bitwise(name, manifest, device)
    if reason is None:
        return "different", f"other bytes{data}, with the same packages on the same machine"
    old = recorded_rows(chain.store, name, manifest)
    compared, beyond = differences(old, rows_of_record(folder / "run/record.json"))
    if beyond:
        return "different", f"{_few(beyond)}: by more than {TOLERANCE:g}; {reason}{data}"
    return "within tolerance", f"{_few(compared)} to {TOLERANCE:g}, for {reason}{data}"


def _make(chain: Chain, name: str, workshop: Workshop, folder: Path, device: torch.device) -> str:
    """Write the run to folder/run; return in words what of its data comes out as other bytes."""
    manifest = chain.manifests[name]
    seed = manifest.seed or 0
    task = task_of_rule(manifest.rule)
    if task is None:
        raise DataError(f"no task has the rule {manifest.rule} any more; check out its commit")
    settings = task.settings.model_validate(manifest.settings)
    pool = _pool(manifest, workshop)
    write_instance(settings.data, [seed], pool, folder / "instance", [])
    known = set(manifest.inputs.values())
    made = {
        part: folder / "instance" / part / f"seed={seed}.npz" for part in parts_of(settings.data)
    }
    made |= {"data": pool} if pool else {}
    others = [part for part, file in made.items() if sha256(file) not in known]
    method = _method(task, manifest)
    batch = Batch(task, settings, method, [seed], folder / "instance", pool, folder)
    torch.set_float32_matmul_precision("highest")
    num_steps = _steps_given(chain, manifest)
    result = compute(batch, seed, num_steps, device)
    facts = {
        "method": batch.method,
        "seed": seed,
        "settings": manifest.settings,
        "num_steps_given": num_steps,
        "code": manifest.code,  # whose record is made again, even if it is not what is checked out
    }
    write_run(folder / "run", facts, result, lambda path, files: None)
    return f"; other bytes in {' and '.join(others)}" if others else ""


def _method(task: Task, manifest: Manifest) -> str:
    """Return the name of the method of a run, as its record has it."""
    if not task.names_methods_alone:
        return str(manifest.settings["method"]["name"])
    words = manifest.command
    return words[words.index("--method") + 1] if "--method" in words else next(iter(task.methods))


def _steps_given(chain: Chain, manifest: Manifest) -> int | None:
    """Return the number of steps that a run took over from another, None if it took none."""
    for name in manifest.inputs:
        if Path(name).name == "record.json":
            other = chain.makers[name]
            rows = recorded_rows(chain.store, other, chain.manifests[other])
            return int(rows[0]["steps"])
    return None


def _pool(manifest: Manifest, workshop: Workshop) -> Path | None:
    """Return the arrays of the data set that a run read, None if it read none."""
    for name, digest in manifest.inputs.items():
        # the other arrays, the split and the labels, are called by the seed
        if name.endswith(".npz") and Path(name).name != f"seed={manifest.seed}.npz":
            return workshop.pool(name, digest)
    return None


def _refuse_changed(store: Store, name: str, manifest: Manifest) -> None:
    for file, digest in manifest.outputs.items():
        if store.digest(file) not in (None, digest):
            raise DataError(
                f"{Path(name).parent} was changed since it was made; run relaxpen verify"
            )


def _few(texts: list[str]) -> str:
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more
