"""What the verbs do that measure speed and rounding, on MNIST."""

import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxpen.bench.rules import BENCH, PRECISION
from relaxpen.cli.preparing import chosen_pool
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import SettingsError
from relaxpen.records.rule import Rule
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import resolve

FLOAT32 = {"precision": "float32"}


def bench(options: Namespace) -> None:
    """Time one Frank-Wolfe step and the kernels of the first-order methods; print ratios."""
    from relaxpen.bench.kernels import bench_kernels
    from relaxpen.bench.step import bench, manifest_share

    pool = _pool(options)

    def measure() -> list[str]:
        instance = _instance(pool, {"data.source": "mnist"} | FLOAT32)
        threads = [1, 2] if instance.train.features.device.type == "cpu" else [1]
        small = _instance(pool, {"lower.num_steps": 1})
        large = _instance(pool, {"data.source": "mnist", "data.num_train": 20000} | FLOAT32)
        return [
            *bench(instance, threads, repeats=9),
            "",
            *bench_kernels(large, threads, repeats=15),
            "",
            manifest_share(small, repeats=9),
        ]

    _report(BENCH, measure, pool, options, ("mnist", "synthetic"))


def precision(options: Namespace) -> None:
    """Measure and print the error of float32 slopes by radius."""
    from relaxpen.bench.precision import report

    pool = _pool(options)

    def measure() -> list[str]:
        instance = _instance(pool, {"data.source": "mnist", "precision": "float64"})
        return report(instance, resolve(TASKS["thesis"], {"data.source": "mnist"}))

    _report(PRECISION, measure, pool, options, ("mnist",))


def _pool(options: Namespace) -> Path:
    pool = chosen_pool(options, "mnist")
    if pool is None:
        raise SettingsError("mnist has no pool; give --pool")
    return pool


def _instance(pool: Path, overrides: dict[str, Any]) -> Any:
    """Return an instance of seed 0 at noise 0.5, on the device there is."""
    from relaxpen.data.prepare import write_instance
    from relaxpen.records.machine import choose_device
    from relaxpen.tasks.load import load_samples
    from relaxpen.tasks.task import InstanceFiles

    settings = resolve(TASKS["thesis"], {"data.noise_rate": 0.5} | overrides)
    with tempfile.TemporaryDirectory() as scratch:
        write_instance(settings.data, [0], pool, Path(scratch), [])
        files = InstanceFiles(Path(scratch), pool if SOURCES[settings.data.source].raw else None)
        return load_samples(settings, files, 0, choose_device("auto"))


def _report(
    rule: Rule,
    measure: Callable[[], list[str]],
    pool: Path,
    options: Namespace,
    sources: tuple[str, ...],
) -> None:
    """Print what was measured, and write it with its manifest where it is asked for.

    The manifest has the default settings of the sources, from which those measured are made.
    """
    from relaxpen.records.files import whole
    from relaxpen.records.machine import choose_device, machine_facts, torch_facts
    from relaxpen.records.manifest import Job

    build, machine = torch_facts(choose_device("auto")), machine_facts()
    thesis = TASKS["thesis"]
    settings = {one: resolve(thesis, {"data.source": one}).model_dump() for one in sources}
    job = Job(rule, options.words, settings, build)
    name = build["gpu"] or machine["cpu"]
    place = f"{name}, {machine['num_cores']} cores, {build['cpu_capability']}"
    text = "\n".join([f"`make {rule.name}` on {place}:", "", *measure(), ""])
    print(text)
    if options.out:
        with whole(options.out) as draft:
            draft.write_text(text)
        job.write(options.out.with_suffix(".manifest.json"), [pool], [options.out])
