"""The split of 50000 training samples: bounded memory, and a benchmark that runs."""

import subprocess
import sys

import torch

from conftest import small_instance, small_settings
from relaxpen.experiment.bench import bench, manifest_share
from relaxpen.experiment.bench_kernels import bench_kernels
from relaxpen.experiment.machine import (
    choose_device,
    installed_packages,
    machine_facts,
    software_facts,
    torch_facts,
)
from relaxpen.experiment.settings import resolve
from relaxpen.problems.samples import Instance, Samples

STEP_AT_50000 = """
import resource, torch
from relaxpen.method.estimators import Point, RandomDirections
from relaxpen.method.schedules import Constant
from relaxpen.problems.hypercleaning import HyperCleaning, LowerLevel
from relaxpen.problems.samples import Samples
torch.set_num_threads(1)
def samples(n):
    return Samples(torch.rand(n, 785), torch.randint(10, (n,)))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
problem = HyperCleaning(samples(50000), samples(5000), 10, LowerLevel(2, 0.5, 1e-3, None, False))
before = peak()
theta = torch.full((50000,), 0.5, dtype=torch.float64)
found = RandomDirections(20, Constant(1e-2)).estimate(
    problem, Point(theta, problem.initial_params()), torch.Generator())
assert found.gradient.isfinite().all()
print(peak() - before)
"""


def test_a_step_at_50000_samples_stays_within_a_gigabyte():
    result = subprocess.run(
        [sys.executable, "-c", STEP_AT_50000], capture_output=True, text=True, check=True
    )
    assert float(result.stdout) < 1.0  # GiB above the data itself


def test_bench_gives_a_row_for_each_size():
    generator = torch.Generator().manual_seed(0)

    def samples(num_samples):
        features = torch.rand(num_samples, 12, generator=generator)
        return Samples(features, torch.randint(10, (num_samples,), generator=generator))

    parts = {name: samples(30) for name in ("train", "validation", "test")}
    instance = Instance(**parts, selection=None, changed=torch.zeros(30).bool(), num_classes=10)
    lines = bench(instance, [1], repeats=1)
    assert len(lines) == 2 + 3
    assert all(line.count("|") == 6 for line in lines)
    lines = bench_kernels(instance, [1], repeats=1)
    assert len(lines) == 2 + 5
    assert all(line.count("|") == 6 for line in lines)
    small = small_instance(resolve({"lower.num_steps": 1}))
    assert "of the shortest run" in manifest_share(small, repeats=1)


def test_facts_about_machine_and_software():
    device = choose_device("cpu")
    assert torch_facts(device)["device"] == "cpu"
    assert machine_facts()["num_cores"] >= 1
    assert installed_packages()["torch"] == torch.__version__
    assert software_facts("run")["torch"] == torch.__version__
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert small_settings().precision == "float64"
