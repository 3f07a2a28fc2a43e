"""A small job of every rule that computes, in this process, on made-up data: for tests of what runs."""

import bz2
import gzip
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from relaxpen.bench.kernels import bench_kernels
from relaxpen.bench.precision import report
from relaxpen.bench.rules import BENCH, PRECISION
from relaxpen.bench.step import bench, manifest_share
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.page import write_claims
from relaxpen.claims.rules import CLAIMS as CLAIMS_RULE
from relaxpen.data.prepare import write_labels, write_splits
from relaxpen.data.rules import labels_rule, pool_rule, split_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import DataError
from relaxpen.problems.samples import Instance, Samples
from relaxpen.records.arrays import save
from relaxpen.records.rule import Rule
from relaxpen.studies.batch import Batch
from relaxpen.studies.collect import collect
from relaxpen.studies.jobs import run_batch
from relaxpen.studies.points import expand
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.studies.show import write_figure, write_table
from relaxpen.studies.study import Study
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.cleaning.kinds import KINDS
from relaxpen.tasks.peers.settings import PEERS
from relaxpen.tasks.resolve import resolve
from relaxpen.tasks.task import imported
from relaxpen.tasks.thesis.methods import METHODS
from versus import CLAIMS

Job = tuple[Rule, Callable[[], object]]  # a rule as the product has it, and what it does
WRITTEN = ("figure_4_1", "quality")  # to write a figure is what takes long
CPU = torch.device("cpu")
SIZES = {"data.num_train": 60, "data.num_validation": 30}
LABELLED = SIZES | {"data.num_selection": 20}
PEER = {"method.inner": 0.05, "method.outer": 0.5, "method.num_inner": 2, "method.batch_size": 8}
LAWS = ("rademacher", "sphere", "orthogonal", "antithetic")
RULES = ("all_noisy", "oracle", "validation_only", "disagreement", "confident_learning")


def contenders(**settings: dict) -> dict:
    """Methods of a study by name, each with its settings."""
    return {name: {"title": name, "fixed": fixed} for name, fixed in settings.items()}


def peers() -> dict:
    """The methods of other papers with settings that all of them can have."""
    return {
        name: {"method.name": name}
        | {key: x for key, x in PEER.items() if key.split(".")[1] in model.model_fields}
        for name, model in PEERS.items()
    }


ESTIMATED = {"method.name": "relax_penalize", "method.num_directions": 4, "method.num_bins": 2}
ESTIMATED |= {"method.num_steps": 2}
CLEANING = contenders(
    **peers(),
    **{name: ESTIMATED | {"method.estimator": name} for name in KINDS},
    **{law: ESTIMATED | {"method.law": law, "method.estimator": "random"} for law in LAWS},
    pulled=ESTIMATED | {"method.symmetric": True, "method.batch_size": 10},
    clipped=peers()["soba"] | {"method.weights": "clipped"},
    **{rule: {"method.name": "filter", "method.rule": rule} for rule in RULES},
)
CLEANING["soba"]["grid"] = {"method.outer_decay": [0.0, 0.5]}
MEASURE = {"method.name": "agreement", "method.num_directions": [2, 4], "method.num_bins": 2}
MEASURE |= {"method.num_steps": 2}
LATE = {"method.num_exact_steps": 2, "method.warm_steps": 2, "method.batch_size": 10}
SAGA = {"method.name": "saga", "method.round_lengths": [4, 2]}
DISTIL = {"method.name": "projected", "method.round_lengths": [4, 2]}
PUBLISHED = {"method.gradient": "published", "method.projection": "published"}
SYNTHETIC = {"data.source": "synthetic", "data.num_test": 50, "data.num_features": 3}
CHECKED = {"budget": 40.0, "measure.num_checkpoints": 3}
# The task of each study, its fixed settings, the rest of it, its tables and its figures.
STUDIES = {
    "thesis": (
        "thesis",
        LABELLED | {"lower.num_steps": 1, "upper.max_rounds": 1, "upper.num_directions": 4},
        {
            "fixed_by_source": {"synthetic": {"data.num_test": 50, "lower.batch_size": 20}},
            "grid": {"data.source": ["synthetic", "mnist"]},
            "methods": list(METHODS),
            "references": True,
            "targets": ["noisy", "halfway"],
        },
        tuple(TASKS["thesis"].tables),
        tuple(TASKS["thesis"].figures),
    ),
    "cleaning": (
        "cleaning",
        LABELLED | SYNTHETIC | CHECKED | {"features.scaling": "standard"},
        {"grid": {"data.noise_rate": [0.2]}, "methods": CLEANING},
        ("what_to_use", "methods", "tuning", "progress"),
        (
            *("quality", "value_seconds", "value_gradients"),
            *("mask_gradients", "pareto", "validation_size"),
        ),
    ),
    "budgets": (
        "cleaning",
        LABELLED | SYNTHETIC | ESTIMATED,
        {"methods": {"exact": CLEANING["exact"] | {"grid": {"budget": [20.0, 40.0]}}}},
        ("methods",),
        ("equal_cost",),
    ),
    "f2sa": (
        "cleaning",
        SIZES | CHECKED | {"data.source": "mnist", "data.noise_rate": 0.5},
        {"methods": {name: CLEANING[name] for name in ("f2sa_adam", "f2sa", "saba")}},
        ("to_target", "sensitivity", "curves"),
        ("accuracy_steps", "accuracy_seconds", "parameters"),
    ),
    "clothing": (
        "cleaning",
        SIZES | CHECKED | {"data.source": "fashion_mnist"},
        {"methods": {"soba": CLEANING["soba"]}},
        (),
        (),
    ),
    "agreement": (
        "agreement",
        SIZES | SYNTHETIC,
        {
            "methods": contenders(
                **{name: MEASURE | {"method.estimator": name} for name in KINDS},
                **{
                    law: MEASURE | {"method.law": law, "method.estimator": "random"} for law in LAWS
                },
                late=MEASURE | LATE,
            )
        },
        ("reached", "pull_limits", "agreement"),
        ("estimators", "pull_limits"),
    ),
    "selection": (
        "selection",
        LABELLED | CHECKED | {"data.source": "ijcnn1"},
        {"methods": contenders(**peers())},
        ("selected",),
        (),
    ),
    "drawn": (
        "selection",
        LABELLED | CHECKED | {"data.source": "ijcnn1"},
        {"methods": contenders(f2sa=peers()["f2sa"], saba=peers()["saba"])},
        ("curves",),
        ("loss_steps",),
    ),
    "groups": (
        "groups",
        {"data.source": "group_lasso", "data.num_tasks": 4, "data.num_rows": 8, "measure_every": 2}
        | {"data.num_features": 20, "data.num_groups": 2, "lower.num_steps": 20},
        {
            "grid": {"data.sizes": ["inequal", "random"], "data.smallest": [0.1]},
            "methods": {
                **contenders(relax=SAGA | {"method.penalized": False}, penalize=SAGA),
                **contenders(steps=SAGA | {"lower.solver": "dual_steps"}),
            },
        },
        ("table_1", "table_2", "group_values", "group_errors", "group_images", "group_progress"),
        ("groups", "group_progress"),
    ),
    "distillation": (
        "distillation",
        {"data.source": "blog", "data.num_train": 40, "data.num_validation": 30}
        | {"ridge": 0.1, "measure_every": 2},
        {
            "grid": {"budget": [0.25]},
            "methods": contenders(
                exact=DISTIL,
                relax=DISTIL | {"method.penalized": False},
                published=DISTIL | PUBLISHED | {"method.step_size": 1e-5},
                sampled=DISTIL | {"method.gradient": "sampled", "method.batch_size": 10},
                **{
                    rule: {"method.name": "subset", "method.rule": rule}
                    for rule in ("random", "equal", "all")
                },
            ),
        },
        ("table_3", "distilled", "distilled_samples"),
        ("distilling",),
    ),
    "songs": (
        "distillation",
        {"data.source": "music", "data.num_train": 40, "data.num_validation": 30}
        | {"ridge": 0.1, "measure_every": 2},
        {"methods": contenders(exact=DISTIL)},
        (),
        (),
    ),
}


def studies() -> dict[str, Study]:
    """Small studies of every task, by name, with each of its methods, tables and figures."""
    made = {}
    for name, (task, fixed, given, tables, figures) in STUDIES.items():
        about = {"task": task, "description": "small", "seeds": [0], "points": "all"}
        shown = {"fixed": fixed, "tables": list(tables), "figures": list(figures)}
        made[name] = Study.model_validate(about | shown | given)
    return made


def small_jobs(folder: Path) -> Iterator[Job]:
    """Yield the jobs of every rule, in an order in which each has what it reads."""
    yield from _pools(folder)
    for name, study in studies().items():
        yield from _study(study, folder / name, folder)
    claims = yaml.safe_load(CLAIMS.replace("versus", "cleaning"))
    check = claims["claims"][0]["checks"][0]
    check["of"] |= {"instance": ["noise_rate=0.2"]}
    check["minus"] = {"method": ["soba"], "setting": ["outer_decay=0.0", "outer_decay=0.5"]}
    judged = ContestClaims.model_validate(claims)
    yield CLAIMS_RULE, lambda: write_claims(judged, folder, folder / "claims")
    yield from _measurements()


def _pools(folder: Path) -> Iterator[Job]:
    data, rng = folder / "data", np.random.default_rng(0)
    _write_raw(data, rng)

    def make(source: str) -> None:
        save(_pool(folder, source), SOURCES[source].read(data))

    for source in ("mnist", "fashion_mnist", "ijcnn1", "blog"):
        yield pool_rule(source), partial(make, source)

    def refused() -> None:  # half a million rows are asked for, and too few are refused
        with pytest.raises(DataError, match="rows instead of"):
            make("music")

    yield pool_rule("music"), refused
    for source in ("blog", "music"):  # as many as are asked for, of fewer features
        arrays = {}
        sizes = {"pool": sum(SOURCES[source].settings.pool_sizes), "test": 50}
        for name, size in sizes.items():
            rows = rng.normal(size=(size, 3))
            arrays |= {f"{name}_features": rows, f"{name}_labels": rows[:, 0]}
        save(_pool(folder, source), arrays)


def _write_raw(data: Path, rng: np.random.Generator) -> None:
    """Write files of the form of every source, with few samples."""
    for source in ("mnist", "fashion_mnist"):
        raw = data / SOURCES[source].raw.folder
        raw.mkdir(parents=True)
        for part, size in (("train", 200), ("t10k", 60)):
            pixels = np.zeros((size, 28, 28), dtype=np.uint8)  # what is 0 everywhere costs no time
            pixels[:, :5, :5] = rng.integers(0, 256, (size, 5, 5))
            labels = (np.arange(size) % 10).astype(np.uint8)
            for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
                head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
                content = head + array.tobytes()
                (raw / f"{part}-{name}-ubyte").write_bytes(content)
                (raw / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    for name in SOURCES["ijcnn1"].raw.paths:
        rows = rng.normal(size=(200, 3))
        lines = [
            f"{1 if row[0] > 0 else -1} " + " ".join(f"{i}:{x:.6f}" for i, x in enumerate(row, 1))
            for row in rows
        ]
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(bz2.compress("\n".join(lines).encode()))
    tables = {
        "blog": {"blogData_train.csv": 281, "blogData_test-1.csv": 281},
        "music": {"YearPredictionMSD.txt": 91},
    }
    for source, named in tables.items():
        (path,) = SOURCES[source].raw.paths
        (data / path).parent.mkdir()
        with zipfile.ZipFile(data / path, "w") as archive:
            for name, width in named.items():
                rows = rng.integers(0, 9, (14, width))
                archive.writestr(name, "".join(",".join(map(str, row)) + "\n" for row in rows))


def _pool(folder: Path, source: str) -> Path | None:
    return folder / f"{source}.npz" if SOURCES[source].raw else None


def _instance(data, instance: Path, seeds: list[int], folder: Path) -> Iterator[Job]:
    if instance.exists():
        return
    pool, split = _pool(folder, data.source), instance / "split"
    yield split_rule(data), lambda: write_splits(data, seeds, pool, split, [])
    if data.num_classes is not None:
        out = instance / "labels"
        yield labels_rule(data), lambda: write_labels(data, seeds, split, out, [])


def _study(study: Study, results: Path, folder: Path) -> Iterator[Job]:
    points = expand(study)
    for one in points:
        instance, pool = results / one.instance, _pool(folder, one.settings.data.source)
        yield from _instance(one.settings.data, instance, study.seeds, folder)
        steps = results / one.steps_of if one.steps_of else None
        seeds, out = list(one.seeds), results / one.folder
        made = (one.settings, one.method, seeds, instance, pool, out, steps)
        batch = Batch(study.of_task, *made)
        yield batch.rule, partial(run_batch, batch, CPU, [])
    yield collect_rule(study.of_task), lambda: collect(study, points, results)
    for name in study.tables:
        job = partial(write_table, name, study, points, results, results)
        yield table_rule(study.of_task, name), job
    yield from _figures(study, results)


def _figures(study: Study, folder: Path) -> Iterator[Job]:
    """Draw figures, and write some of them."""

    def draw(name: str) -> None:
        known = study.of_task.figures[name]
        imported(known.drawer)({one: pd.read_csv(folder / f"{one}.csv") for one in known.tables})
        plt.close("all")

    for name in study.figures:
        rule = figure_rule(study.of_task, name)
        yield rule, partial(draw, name)
        if name in WRITTEN:
            yield rule, partial(write_figure, name, study, folder, folder)


def _measurements() -> Iterator[Job]:
    generator = torch.Generator().manual_seed(0)

    def samples(size: int, classes: int) -> Samples:
        features = torch.rand(size, 12, generator=generator, dtype=torch.float64)
        return Samples(features, torch.randint(classes, (size,), generator=generator))

    def instance(classes: int) -> Instance:
        parts = {name: samples(30, classes) for name in ("train", "validation", "test")}
        changed = torch.zeros(30).bool()
        return Instance(**parts, selection=None, changed=changed, num_classes=classes)

    single = instance(10)._replace(
        **{
            name: Samples(part.features.float(), part.labels)
            for name, part in instance(10)._asdict().items()
            if isinstance(part, Samples)
        }
    )
    yield BENCH, lambda: bench(single, [1], repeats=1)
    yield BENCH, lambda: bench_kernels(single, [1], repeats=1)
    yield BENCH, lambda: manifest_share(instance(2), repeats=1)
    settings = resolve(TASKS["thesis"], {"data.source": "mnist"})
    yield PRECISION, lambda: report(instance(10), settings)
