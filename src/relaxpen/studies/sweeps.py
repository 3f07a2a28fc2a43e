"""Sweeps: every point of a grid in one process, a batch each, and an index of all of them."""

from dataclasses import replace
from typing import Any

import torch

from relaxpen.records.index import write_index
from relaxpen.records.machine import torch_facts
from relaxpen.records.manifest import Job
from relaxpen.records.record import MANIFEST
from relaxpen.studies.jobs import Batch, run_batch


def run_sweep(
    batches: dict[str, Batch], out: Any, device: torch.device, words: dict[str, list[str]]
) -> None:
    """Run a batch for each point by name, in folders of ``out`` that are called so.

    ``words`` are, by point, the arguments of the command line that make its batch alone, and under
    "" those of the sweep.
    """
    settings = {name: batch.settings.model_dump() for name, batch in batches.items()}
    job = Job(next(iter(batches.values())).rule, words[""], settings, torch_facts(device))
    for name, batch in batches.items():
        run_batch(replace(batch, out=out / name), device, words[name])
    manifests = [out / name / MANIFEST for name in batches]
    write_index(out, manifests)
    job.write(out / MANIFEST, manifests, [out / "index.json"])
