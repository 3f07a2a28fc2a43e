"""The command line: one verb per step of the workflow, and a few for people."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from relaxpen.experiment.mnist_files import DataError, find_mirror
from relaxpen.experiment.settings import METHODS, SettingsError, resolve

POOL = Path("results/data/mnist.npz")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for anything refused at the door."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (SettingsError, DataError, ValueError) as error:
        print(f"relaxpen: error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relaxpen", description=sys.modules["relaxpen"].__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    data = _verb(verbs, "data", _data, "obtain MNIST, check it, write its arrays")
    data.add_argument("--data-dir", type=Path, default=Path("data"), help="holds MNIST/raw")
    data.add_argument("--mirror", help="a folder that holds MNIST/raw")
    data.add_argument("--out", type=Path, default=POOL)

    split = _verb(verbs, "split", _split, "draw the split of each seed")
    corrupt = _verb(verbs, "corrupt", _corrupt, "corrupt the training labels of each seed")
    corrupt.add_argument("--split", type=Path, required=True, help="folder that split wrote")
    run = _verb(verbs, "run", _run, "run one method on one cell, for each seed")
    for command in (split, corrupt, run):
        _add_cell(command)
    run.add_argument("--method", choices=[*METHODS, "references"], default=METHODS[0])
    run.add_argument("--instance", type=Path, help="holds split/ and labels/; default: made in OUT")
    run.add_argument("--steps-of", type=Path, help="take the numbers of steps from these runs")
    run.add_argument("--device", default=os.environ.get("RELAXPEN_DEVICE", "auto"))

    collect = _verb(verbs, "collect", _collect, "gather the runs of a study into two tables")
    collect.add_argument("--study", type=Path, required=True, help="the study file")
    collect.add_argument("--results", type=Path, required=True, help="folder of the study's runs")
    table = _verb(verbs, "table", _table, "make one table of a study")
    table.add_argument("name")
    table.add_argument("--study", type=Path, required=True, help="the study file")
    table.add_argument("--results", type=Path, required=True, help="folder with summary.parquet")
    table.add_argument("--out", type=Path, required=True, help="folder for .csv, .md and .tex")
    figure = _verb(verbs, "figure", _figure, "draw one figure from the tables it rests on")
    figure.add_argument("name")
    figure.add_argument("--study", type=Path, required=True, help="the study file")
    figure.add_argument("--tables", type=Path, required=True, help="folder that table wrote to")
    figure.add_argument("--out", type=Path, required=True, help="folder for .pdf and .png")
    return parser


def _verb(verbs: Any, name: str, command: Callable, text: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text)
    verb.set_defaults(command=command)
    return verb


def _add_cell(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--set",
        nargs="*",
        default=[],
        metavar="KEY=VALUE",
        help="settings that differ from default",
    )
    verb.add_argument("--seeds", nargs="+", type=int, default=[0])
    verb.add_argument("--pool", type=Path, default=POOL, help="the MNIST arrays that data wrote")
    verb.add_argument("--out", type=Path, required=True, help="folder to write to")


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Return {"lower.num_steps": 5} for ["lower.num_steps=5"]; values are read as YAML scalars."""
    overrides = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r} has no '='; expected KEY=VALUE")
        overrides[key] = yaml.safe_load(value)
    return overrides


# The commands import what they need when they run: torch alone takes two seconds.


def _data(options: argparse.Namespace) -> None:
    from relaxpen.experiment.pool import make_pool

    source = make_pool(options.data_dir, find_mirror(options.mirror), options.out)
    print(f"{options.out}: MNIST from {source}")


def _split(options: argparse.Namespace) -> None:
    from relaxpen.experiment import prepare

    settings = resolve(parse_overrides(options.set))
    prepare.write_splits(settings, options.seeds, options.pool, options.out)
    print(f"{options.out}: {len(options.seeds)} splits")


def _corrupt(options: argparse.Namespace) -> None:
    from relaxpen.experiment import prepare

    settings = resolve(parse_overrides(options.set))
    prepare.write_labels(settings, options.seeds, options.split, options.out)
    print(f"{options.out}: {len(options.seeds)} label files")


def _run(options: argparse.Namespace) -> None:
    from relaxpen.experiment import prepare
    from relaxpen.experiment.jobs import Batch, run_batch
    from relaxpen.experiment.machine import choose_device

    settings = resolve(parse_overrides(options.set))
    device = choose_device(options.device)
    instance = options.instance
    if instance is None:
        instance = options.out / "instance"
        prepare.write_instance(settings, options.seeds, options.pool, instance)
    batch = Batch(
        settings,
        options.method,
        options.seeds,
        instance,
        options.pool,
        options.out,
        options.steps_of,
    )
    run_batch(batch, device)


def _collect(options: argparse.Namespace) -> None:
    from relaxpen.experiment.collect import collect_study
    from relaxpen.experiment.studies import load_study

    collect_study(load_study(options.study), options.results)


def _table(options: argparse.Namespace) -> None:
    from relaxpen.experiment.studies import load_study
    from relaxpen.experiment.tables import write_table

    write_table(options.name, load_study(options.study), options.results, options.out)


def _figure(options: argparse.Namespace) -> None:
    from relaxpen.experiment.figures import write_figure
    from relaxpen.experiment.studies import load_study

    means_nothing = load_study(options.study).means_nothing
    write_figure(options.name, options.tables, options.out, means_nothing)
