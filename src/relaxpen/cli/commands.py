"""What each verb of the command line does.

Each imports what it needs when it runs: torch alone takes two seconds.
"""

import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from relaxpen.experiment.mnist_files import find_mirror
from relaxpen.experiment.settings import SettingsError, resolve

POOL = Path("results/data/mnist.npz")
CLAIMS = Path("config/claims.yaml")


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Return {"lower.num_steps": 5} for ["lower.num_steps=5"]; values are read as YAML scalars."""
    overrides = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r} has no '='; expected KEY=VALUE")
        try:
            overrides[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise SettingsError(f"the value of --set {pair!r} is not a YAML scalar") from None
    return overrides


def data(options: Namespace) -> None:
    """Obtain MNIST from the first source that works and write its arrays."""
    from relaxpen.experiment.pool import make_pool

    source = make_pool(options.data_dir, find_mirror(options.mirror), options.out, options.words)
    print(f"{options.out}: MNIST from {source}")


def split(options: Namespace) -> None:
    """Draw and write the split of each seed."""
    from relaxpen.experiment import prepare

    chosen = resolve(parse_overrides(options.set))
    prepare.write_splits(chosen, options.seeds, options.pool, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} splits")


def corrupt(options: Namespace) -> None:
    """Corrupt and write the training labels of each seed."""
    from relaxpen.experiment import prepare

    chosen = resolve(parse_overrides(options.set))
    prepare.write_labels(chosen, options.seeds, options.split, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} label files")


def run(options: Namespace) -> None:
    """Run one method on one cell for each seed, on an instance that is given or made on the way."""
    import torch

    from relaxpen.experiment import prepare
    from relaxpen.experiment.jobs import Batch, run_batch
    from relaxpen.experiment.machine import choose_device

    chosen = resolve(parse_overrides(options.set))
    device = choose_device(options.device)
    instance = options.instance
    if instance is None:
        instance = options.out / "instance"
        prepare.write_instance(chosen, options.seeds, options.pool, instance, options.words)
    batch = Batch(
        chosen,
        options.method,
        options.seeds,
        instance,
        options.pool,
        options.out,
        options.steps_of,
    )
    torch.set_num_threads(max(1, options.threads))
    run_batch(batch, device, options.words)


def collect(options: Namespace) -> None:
    """Gather the runs of a study into summary.parquet and traces.parquet."""
    from relaxpen.experiment.collect import collect_study
    from relaxpen.experiment.manifest import Job
    from relaxpen.experiment.studies import load_study

    study, results = load_study(options.study), options.results
    job = Job("collect_runs", options.words, study.model_dump())
    read = collect_study(study, results)
    outputs = [results / f"{name}.parquet" for name in ("summary", "traces")]
    job.write(results / "summary.manifest.json", [options.study, *read], outputs)


def table(options: Namespace) -> None:
    """Make one table of a study."""
    from relaxpen.experiment.manifest import Job
    from relaxpen.experiment.studies import load_study
    from relaxpen.experiment.tables import write_table

    study = load_study(options.study)
    job = Job("table", options.words, study.model_dump())
    outputs = write_table(options.name, study, options.results, options.out)
    read = [options.results / f"{name}.parquet" for name in ("summary", "traces")]
    job.write(options.out / f"{options.name}.manifest.json", [options.study, *read], outputs)


def figure(options: Namespace) -> None:
    """Draw one figure of a study."""
    from relaxpen.experiment.catalog import FIGURES
    from relaxpen.experiment.figures import write_figure
    from relaxpen.experiment.manifest import Job
    from relaxpen.experiment.studies import load_study

    study = load_study(options.study)
    job = Job("figure", options.words, study.model_dump())
    outputs = write_figure(options.name, options.tables, options.out, study.means_nothing)
    read = [options.tables / f"{name}.csv" for name in FIGURES[options.name][1]]
    job.write(options.out / f"{options.name}.manifest.json", [options.study, *read], outputs)


def claims(options: Namespace) -> None:
    """Judge the claims of the thesis by the runs of the studies they name."""
    from relaxpen.claims.load_claims import load_claims
    from relaxpen.claims.page import write_claims
    from relaxpen.experiment.manifest import Job

    found = load_claims(options.claims)
    job = Job("claims", options.words, found.model_dump(mode="json"))
    outputs = write_claims(found, options.results, options.out)
    names = ("summary", "traces")
    read = [
        options.results / study / f"{name}.parquet" for study in found.studies for name in names
    ]
    job.write(options.out / "claims.manifest.json", [options.claims, *read], outputs)


def settings(options: Namespace) -> None:
    """Print every setting, as in config/README.md."""
    from relaxpen.experiment.settings_page import settings_page

    print(settings_page(), end="")


def bench(options: Namespace) -> None:
    """Time one Frank-Wolfe step at MNIST size and print ratios."""
    from relaxpen.experiment.bench import bench, manifest_share

    def measure() -> list[str]:
        instance = _instance(options.pool, {"data.source": "mnist", "precision": "float32"})
        threads = [1, 2] if instance.train.features.device.type == "cpu" else [1]
        small = _instance(options.pool, {"lower.num_steps": 1})
        return [*bench(instance, threads, repeats=9), "", manifest_share(small, repeats=9)]

    _report("bench", measure, options)


def precision(options: Namespace) -> None:
    """Measure and print the error of float32 slopes by radius."""
    from relaxpen.experiment.precision import report

    def measure() -> list[str]:
        instance = _instance(options.pool, {"data.source": "mnist", "precision": "float64"})
        return report(instance, resolve({"data.source": "mnist"}))

    _report("precision", measure, options)


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


def _report(rule: str, measure: Callable[[], list[str]], options: Namespace) -> None:
    """Print what was measured, and write it with its manifest where it is asked for."""
    from relaxpen.experiment.files import whole
    from relaxpen.experiment.machine import choose_device, machine_facts, torch_facts
    from relaxpen.experiment.manifest import Job

    build, machine = torch_facts(choose_device("auto")), machine_facts()
    job = Job(rule, options.words, {}, build)
    name = build["gpu"] or machine["cpu"]
    place = f"{name}, {machine['num_cores']} cores, {build['cpu_capability']}"
    text = "\n".join([f"`make {rule}` on {place}:", "", *measure(), ""])
    print(text)
    if options.out:
        with whole(options.out) as draft:
            draft.write_text(text)
        job.write(options.out.with_suffix(".manifest.json"), [options.pool], [options.out])
