"""What the verbs do that measure speed and rounding, on MNIST."""

import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxpen.cli.commands import chosen_pool
from relaxpen.experiment.settings import resolve

FLOAT32 = {"precision": "float32"}


def bench(options: Namespace) -> None:
    """Time one Frank-Wolfe step and the kernels of the first-order methods; print ratios."""
    from relaxpen.experiment.bench import bench, manifest_share
    from relaxpen.experiment.bench_kernels import bench_kernels

    pool = chosen_pool(options, "mnist")

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

    _report("bench", measure, pool, options, ("mnist", "synthetic"))


def precision(options: Namespace) -> None:
    """Measure and print the error of float32 slopes by radius."""
    from relaxpen.experiment.precision import report

    pool = chosen_pool(options, "mnist")

    def measure() -> list[str]:
        instance = _instance(pool, {"data.source": "mnist", "precision": "float64"})
        return report(instance, resolve({"data.source": "mnist"}))

    _report("precision", measure, pool, options, ("mnist",))


def _instance(pool: Path, overrides: dict[str, Any]) -> Any:
    """Return an instance of seed 0 at noise 0.5, on the device there is."""
    from relaxpen.experiment import instances, prepare
    from relaxpen.experiment.machine import choose_device
    from relaxpen.experiment.tensors import build_instance

    settings = resolve({"data.noise_rate": 0.5} | overrides)
    with tempfile.TemporaryDirectory() as scratch:
        prepare.write_instance(settings, [0], pool, Path(scratch), [])
        arrays = instances.load_arrays(settings, Path(scratch), 0, pool)
    return build_instance(settings, arrays, choose_device("auto"))


def _report(
    rule: str,
    measure: Callable[[], list[str]],
    pool: Path,
    options: Namespace,
    sources: tuple[str, ...],
) -> None:
    """Print what was measured, and write it with its manifest where it is asked for.

    The manifest has the default settings of the sources, from which those measured are made.
    """
    from relaxpen.experiment.files import whole
    from relaxpen.experiment.machine import choose_device, machine_facts, torch_facts
    from relaxpen.experiment.manifest import Job

    build, machine = torch_facts(choose_device("auto")), machine_facts()
    settings = {source: resolve({"data.source": source}).model_dump() for source in sources}
    job = Job(rule, options.words, settings, build)
    name = build["gpu"] or machine["cpu"]
    place = f"{name}, {machine['num_cores']} cores, {build['cpu_capability']}"
    text = "\n".join([f"`make {rule}` on {place}:", "", *measure(), ""])
    print(text)
    if options.out:
        with whole(options.out) as draft:
            draft.write_text(text)
        job.write(options.out.with_suffix(".manifest.json"), [pool], [options.out])
