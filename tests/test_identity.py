"""What must agree before the same bytes are asked for: what a processor does, not what it is called."""

import json
import subprocess
import sys

import pytest
import torch

from pipeline import relaxpen
from relaxpen.records.identity import machine_difference, processor
from relaxpen.records.machine import machine_facts, torch_facts

ASK = """
import json, torch
from relaxpen.records.machine import machine_facts, torch_facts
torch.set_num_threads({threads})
print(json.dumps([machine_facts(), torch_facts(torch.device("cpu"))]))
"""


def told(threads: int = 1, **environment: str) -> tuple[dict, dict]:
    """The facts of a process of its own, as a manifest would hold them."""
    import os

    answer = subprocess.run(
        [sys.executable, "-c", ASK.format(threads=threads)],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    machine, build = json.loads(answer.stdout)
    return machine, build


def test_the_same_machine_agrees_with_what_it_wrote_down():
    (machine, build), here = told(), told()[1]
    assert machine_difference(machine, build, here) is None
    assert machine["processor"] == processor()
    assert {"vendor", "family", "number", "stepping", "instructions", "caches"} < set(processor())


@pytest.mark.parametrize(
    "environment",
    [
        {"ATEN_CPU_CAPABILITY": "default"},
        {"MKL_CBWR": "COMPATIBLE"},
        {"OPENBLAS_CORETYPE": "Prescott"},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_another_path_on_the_same_processor_is_another_machine(environment):
    machine, build = told(**environment)
    said = machine_difference(machine, build, torch_facts(torch.device("cpu")))
    assert said.startswith("another torch (")


def test_another_path_of_products_rounds_otherwise_and_the_probe_sees_it():
    """Whatever the processor: products summed in another order have other bits."""
    plain, other = told()[1], told(MKL_CBWR="COMPATIBLE")[1]
    if not any("Math Kernel" in line for line in plain["products"]["torch"]):
        pytest.skip("this build of torch has another BLAS than MKL")
    assert plain["probe"] != other["probe"]
    assert plain["probe"] == told()[1]["probe"]


def test_every_fact_counts():
    machine, build = machine_facts(), torch_facts(torch.device("cpu"))
    for name in processor():
        other = machine | {"processor": machine["processor"] | {name: "x"}}
        assert f"{name} differs" in machine_difference(other, build, build)
        assert f"{name} differs" in machine_difference(other, None, None)  # no torch was used
    for name in ("version", "device", "cpu_capability", "num_threads", "products", "probe"):
        assert f"({name} x" in machine_difference(machine, build | {name: "x"}, build)
    assert machine_difference(machine, None, None) is None
    old = {"cpu": machine["cpu"], "num_cores": 2, "platform": "x"}
    assert "does not say which processor" in machine_difference(old, build, build)


def test_a_run_by_hand_has_the_threads_of_one_in_the_workflow(tmp_path):
    """Snakemake sets OMP_NUM_THREADS; --threads sets every product by hand, whatever stands there."""
    digests = set()
    for threads in ("1", "2"):
        out = tmp_path / threads
        words = ["run", "--threads", "1", "--set", "data.num_train=60", "data.num_validation=30"]
        words += ["data.num_test=50", "upper.max_rounds=1", "lower.num_steps=1", "--out", str(out)]
        answer = relaxpen(
            tmp_path, *words, "--seeds", "0", "1", "2", env={"OMP_NUM_THREADS": threads}, cold=True
        )
        assert answer.returncode == 0, answer.stderr
        manifest = json.loads((out / "seed=0/manifest.json").read_text())
        assert all(pool.endswith(" 1") for pool in manifest["torch"]["products"]["others"])
        digests.add(tuple((out / f"seed={seed}/record.json").read_bytes() for seed in range(3)))
    assert len(digests) == 1
