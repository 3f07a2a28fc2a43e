"""A small job of every rule that computes, in this process, on made-up data: for tests of what runs."""

import gzip
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import yaml
from relaxpen.experiment import catalog, collect, figures, instances, prepare, tables
from relaxpen.experiment.bench import bench, manifest_share
from relaxpen.experiment.bench_kernels import bench_kernels
from relaxpen.experiment.comparison import agreement_figures, cost_figures, f2sa_figures
from relaxpen.experiment.comparison import catalog as compared
from relaxpen.experiment.comparison import figures as compared_figures
from relaxpen.experiment.comparison import tables as compared_tables
from relaxpen.experiment.comparison.collect import collect_comparison
from relaxpen.experiment.comparison.methods import PEERS
from relaxpen.experiment.comparison.studies import Comparison, Contest, contests
from relaxpen.experiment.data_settings import POOLS, UNLABELLED
from relaxpen.experiment.jobs import Batch, run_batch
from relaxpen.experiment.penalized import figures as penalized_figures
from relaxpen.experiment.pool import read_pool
from relaxpen.experiment.precision import report
from relaxpen.experiment.settings import METHODS, resolve
from relaxpen.experiment.studies import Study, cells

from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.page import write_claims
from relaxpen.problems.samples import Instance, Samples
from versus import CLAIMS

Job = tuple[str, Callable[[], object]]  # a rule, and what it does
WRITTEN = ("figure_4_1", "quality")
CPU = torch.device("cpu")
SIZES = {"data.num_train": 60, "data.num_validation": 30}
LABELLED = SIZES | {"data.num_selection": 20}
COMPARED_DRAWERS = {
    name: drawer
    for module in (
        *(compared_figures, cost_figures, agreement_figures),
        *(f2sa_figures, penalized_figures),
    )
    for name, drawer in module.DRAWERS.items()
}
THESIS = Study(
    description="small",
    fixed=LABELLED | {"lower.num_steps": 1, "upper.max_rounds": 1, "upper.num_directions": 4},
    fixed_by_source={"synthetic": {"data.num_test": 50, "lower.batch_size": 20}},
    grid={"data.source": ["synthetic", "mnist"]},
    methods=list(METHODS),
    seeds=[0],
    targets=["noisy", "halfway"],
)
PEER = {"method.inner": 0.05, "method.outer": 0.5, "method.num_inner": 2, "method.batch_size": 8}
ESTIMATORS = ("random", "guided", "guided_and_random", "value_difference", "controlled", "exact")
LAWS = ("rademacher", "sphere", "orthogonal", "antithetic")
RULES = ("all_noisy", "oracle", "validation_only", "disagreement", "confident_learning")


def contenders(**settings: dict) -> dict:
    """Methods of a comparison by name, each with its settings."""
    return {name: {"title": name, "fixed": fixed} for name, fixed in settings.items()}


def peers() -> dict:
    """The methods of other papers with settings that all of them can have."""
    return {
        model.model_fields["name"].default: {"method.name": model.model_fields["name"].default}
        | {key: x for key, x in PEER.items() if key.split(".")[1] in model.model_fields}
        for model in PEERS
    }


ESTIMATED = {"method.name": "relax_penalize", "method.num_directions": 4, "method.num_bins": 2}
ESTIMATED |= {"method.num_steps": 2}
CLEANING = contenders(
    **peers(),
    **{name: ESTIMATED | {"method.estimator": name} for name in ESTIMATORS},
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
# The fixed settings, the rest of a study, its tables and its figures, by its name.
COMPARISONS = {
    "cleaning": (
        LABELLED | SYNTHETIC | CHECKED | {"features.scaling": "standard"},
        {"grid": {"data.noise_rate": [0.2]}, "methods": CLEANING, "points": "all"},
        ("what_to_use", "methods", "tuning", "progress"),
        (
            *("quality", "value_seconds", "value_gradients"),
            *("mask_gradients", "pareto", "validation_size"),
        ),
    ),
    "budgets": (
        LABELLED | SYNTHETIC | ESTIMATED,
        {"methods": {"exact": CLEANING["exact"] | {"grid": {"budget": [20.0, 40.0]}}}},
        ("methods",),
        ("equal_cost",),
    ),
    "f2sa": (
        SIZES | CHECKED | {"data.source": "mnist", "data.noise_rate": 0.5},
        {"methods": {name: CLEANING[name] for name in ("f2sa_adam", "f2sa", "saba")}},
        ("to_target", "sensitivity", "curves"),
        ("accuracy_steps", "accuracy_seconds", "parameters"),
    ),
    "agreement": (
        SIZES | SYNTHETIC,
        {
            "methods": contenders(
                **{name: MEASURE | {"method.estimator": name} for name in ESTIMATORS},
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
        LABELLED | CHECKED | {"data.source": "ijcnn1"},
        {"methods": contenders(**peers())},
        ("selected",),
        (),
    ),
    "drawn": (
        LABELLED | CHECKED | {"data.source": "ijcnn1"},
        {"methods": contenders(f2sa=peers()["f2sa"], saba=peers()["saba"])},
        ("curves",),
        ("loss_steps",),
    ),
    "groups": (
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
}


def small_jobs(folder: Path) -> Iterator[Job]:
    """Yield the jobs of every rule, in an order in which each has what it reads."""
    yield from _pools(folder)
    yield from _thesis(folder / "thesis", folder)
    for name, (fixed, given, *shown) in COMPARISONS.items():
        about = {"description": "small", "group": "small", "seeds": [0], "fixed": fixed}
        study = Comparison.model_validate(about | given)
        yield from _comparison(study, folder / name, folder, *shown)
    claims = yaml.safe_load(CLAIMS.replace("versus", "cleaning"))
    check = claims["claims"][0]["checks"][0]
    check["of"] |= {"instance": ["noise_rate=0.2"]}
    check["minus"] = {"method": ["soba"], "setting": ["outer_decay=0.0", "outer_decay=0.5"]}
    judged = ContestClaims.model_validate(claims)
    yield "claims", lambda: write_claims(judged, folder, folder / "claims")
    yield from _measurements()


def _pools(folder: Path) -> Iterator[Job]:
    raw = folder / "data/MNIST/raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for part, size in (("train", 200), ("t10k", 60)):
        pixels = rng.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        labels = (np.arange(size) % 10).astype(np.uint8)
        for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (raw / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())
            (raw / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes()))

    def make(source: str) -> None:
        instances.save(_pool(folder, source), read_pool(source, folder / "data"))

    yield "pool", lambda: make("mnist")
    for source in ("ijcnn1", "blog"):
        sizes = {"pool": POOLS[source].num_samples, "test": 50}
        arrays = {}
        for name, size in sizes.items():
            rows = rng.normal(size=(size, 3))
            arrays[f"{name}_features"] = rows
            arrays[f"{name}_labels"] = rows[:, 0] if source == "blog" else (rows[:, 0] > 0) * 1
        instances.save(_pool(folder, source), arrays)


def _pool(folder: Path, source: str) -> Path | None:
    return folder / f"{source}.npz" if source in POOLS else None


def _instance(settings, instance: Path, seeds: list[int], folder: Path) -> Iterator[Job]:
    if instance.exists():
        return
    pool = _pool(folder, settings.data.source)
    split = instance / "split"
    yield "split", lambda: prepare.write_splits(settings, seeds, pool, split, [])
    if settings.data.source not in UNLABELLED:
        labels = instance / "labels"
        yield "corrupt_labels", lambda: prepare.write_labels(settings, seeds, split, labels, [])


def _thesis(results: Path, folder: Path) -> Iterator[Job]:
    def run(cell, method: str, out: Path) -> None:
        steps = results / cell.instance / cell.name / "relax_penalize"
        taken = steps if method in ("relax_round", "no_cleaning") else None
        pool = _pool(folder, cell.settings.data.source)
        instance = results / cell.instance
        run_batch(Batch(cell.settings, method, THESIS.seeds, instance, pool, out, taken), CPU, [])

    for cell in cells(THESIS):
        at = results / cell.instance
        yield from _instance(cell.settings, at, THESIS.seeds, folder)
        for method in THESIS.methods:
            out = at / cell.name / method
            yield "run", lambda cell=cell, method=method, out=out: run(cell, method, out)
        if not (at / "references").exists():
            out = at / "references"
            yield "references", lambda cell=cell, out=out: run(cell, "references", out)
    yield "collect_runs", lambda: collect.collect_study(THESIS, results)
    for name in tables.MAKERS:
        yield "table", lambda name=name: tables.write_table(name, THESIS, results, results)
    yield from _figures("figure", figures.write_figure, catalog.FIGURES, results)


def _comparison(
    study: Comparison, results: Path, folder: Path, tabled: tuple[str, ...], drawn: tuple[str, ...]
) -> Iterator[Job]:
    def run(one: Contest) -> None:
        instance, out = results / one.instance, results / one.instance / one.method / one.name
        pool = _pool(folder, one.settings.data.source)
        method = one.settings.method.name
        run_batch(Batch(one.settings, method, one.seeds, instance, pool, out), CPU, [])

    for one in contests(study):
        yield from _instance(one.settings, results / one.instance, study.seeds, folder)
        yield one.settings.rule, partial(run, one)
    yield "collect_runs_comparison", lambda: collect_comparison(study, results)
    for name in tabled:
        job = partial(compared_tables.write_table, name, study, results, results)
        yield "table_comparison", job
    known = {name: compared.FIGURES[name] for name in drawn}
    yield from _figures("figure_comparison", compared_figures.write_figure, known, results)


def _figures(rule: str, write: Callable, known: dict, folder: Path) -> Iterator[Job]:
    """Draw figures, and write one of them; to write them is what takes long."""
    drawers = figures.DRAWERS if write is figures.write_figure else COMPARED_DRAWERS

    def draw(name: str, needed: tuple[str, ...]) -> None:
        drawers[name]({table: pd.read_csv(folder / f"{table}.csv") for table in needed})
        plt.close("all")

    for name, (_, needed) in known.items():
        yield rule, partial(draw, name, needed)
        if name in WRITTEN:
            yield rule, partial(write, name, folder, folder)


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
    yield "bench", lambda: bench(single, [1], repeats=1)
    yield "bench", lambda: bench_kernels(single, [1], repeats=1)
    yield "bench", lambda: manifest_share(instance(2), repeats=1)
    yield "precision", lambda: report(instance(10), resolve({"data.source": "mnist"}))
