"""Recorded runs computed again in a clean folder, and compared."""

import json
import math
import random
import tempfile
from pathlib import Path
from typing import Any

import torch

from relaxpen.audit.chain import load_chain
from relaxpen.audit.store import COMPARED, Store
from relaxpen.experiment.comparison.settings import recorded_comparison
from relaxpen.experiment.data_files import DataError
from relaxpen.experiment.files import sha256
from relaxpen.experiment.fingerprint import fingerprint
from relaxpen.experiment.jobs import Batch, compute
from relaxpen.experiment.machine import choose_device, torch_facts
from relaxpen.experiment.manifest import Manifest
from relaxpen.experiment.prepare import parts_of, write_instance
from relaxpen.experiment.record import write_run
from relaxpen.experiment.settings import Settings

CONTEXT = ("version", "device", "gpu", "cpu_capability", "num_threads")
BITWISE = ("record.json", "trace.parquet", "masks.npz")
TOLERANCE = 0.05  # relative, of losses: where the arithmetic differs, steps part ways


def sample_runs(store: Store, number: int, seed: int) -> list[tuple[str, Manifest]]:
    """Return some runs of a store, drawn without replacement.

    Raises DataError if there are none, or not as many.
    """
    chain, _ = load_chain(store)
    runs = [(name, one) for name, one in sorted(chain.manifests.items()) if one.seed is not None]
    if not runs:
        raise DataError("there are no runs here; make reproduce makes them")
    if not 1 <= number <= len(runs):
        raise DataError(f"--sample is {number}; there are {len(runs)} runs, give 1 to {len(runs)}")
    return random.Random(seed).sample(runs, number)


def replay(name: str, manifest: Manifest) -> str:
    """Compute one recorded run again and return ``bitwise``, ``within tolerance`` or ``different``.

    Bitwise equality is asked for where torch, device, threads and CPU capability are the recorded
    ones; elsewhere losses may differ by a relative 0.05. Raises DataError if the code is another, or
    if the record was changed.
    """
    if manifest.code != fingerprint(manifest.rule):
        raise DataError(f"{name} was made by other code than is checked out; check that out first")
    folder = Path(name).parent
    recorded = {file: sha256(folder / file) for file in BITWISE if (folder / file).exists()}
    expected = {Path(file).name: digest for file, digest in manifest.outputs.items()}
    if any(expected.get(file) != digest for file, digest in recorded.items()):
        raise DataError(f"{folder} was changed since it was made; run relaxpen verify")
    old = json.loads((folder / "record.json").read_text())
    threads = torch.get_num_threads()
    torch.set_num_threads(manifest.torch["num_threads"])
    try:
        with tempfile.TemporaryDirectory() as scratch:
            same_context = _compute(Path(scratch), manifest, old)
            new = {file: sha256(Path(scratch) / "run" / file) for file in recorded}
            again = json.loads((Path(scratch) / "run/record.json").read_text())
    finally:
        torch.set_num_threads(threads)
    if new == recorded:
        return "bitwise"
    return "within tolerance" if not same_context and _close(old, again) else "different"


def _compute(scratch: Path, manifest: Manifest, record: dict[str, Any]) -> bool:
    """Write the run to scratch/run; return whether the circumstances are the recorded ones."""
    read = recorded_comparison if manifest.rule in COMPARED else Settings.model_validate
    settings = read(manifest.settings)
    seed, pool = manifest.seed, _pool(manifest)
    write_instance(settings, [seed], pool, scratch / "instance", [])
    for part in parts_of(settings):
        made = sha256(scratch / "instance" / part / f"seed={seed}.npz")
        if made not in manifest.inputs.values():
            raise DataError(f"{part} of seed {seed} comes out otherwise than it was recorded")
    device = choose_device("auto")
    batch = Batch(settings, record["method"], [seed], scratch / "instance", pool, scratch)
    torch.set_float32_matmul_precision("highest")
    result = compute(batch, seed, record["num_steps_given"], device, silent=True)
    facts = {
        name: record[name] for name in ("method", "seed", "settings", "num_steps_given", "code")
    }
    write_run(scratch / "run", facts, result, lambda path, files: None)
    here = torch_facts(device)
    return all(here[name] == manifest.torch[name] for name in CONTEXT)


def _pool(manifest: Manifest) -> Path | None:
    """Return the pool that a run read, if it read one and it is still the same."""
    for name, digest in manifest.inputs.items():
        # the other arrays, the split and the labels, are called by the seed
        if name.endswith(".npz") and Path(name).name != f"seed={manifest.seed}.npz":
            if not Path(name).exists() or sha256(Path(name)) != digest:
                raise DataError(f"{name} is missing or was changed; make it again with snakemake")
            return Path(name)
    return None


def _close(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return whether two records agree in status and, to the tolerance, in every loss of a model."""
    if old["status"] != new["status"] or old["masks"].keys() != new["masks"].keys():
        return False
    pairs = [
        (mask[key], new["masks"][name][key])
        for name, mask in old["masks"].items()
        for key in mask
        if key.endswith("loss")
    ]
    return all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs)
