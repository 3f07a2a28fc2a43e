"""The command line: one verb per step of the workflow, and a few for people."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxpen.experiment import commands
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.settings import METHODS, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for anything refused at the door."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (SettingsError, DataError, OSError) as error:
        print(f"relaxpen: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("relaxpen: interrupted; runs that were finished are kept", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relaxpen", description=sys.modules["relaxpen"].__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_runs(verbs)
    _add_results(verbs)
    _add_checks(verbs)
    return parser


def _add_runs(verbs: Any) -> None:
    data = _verb(verbs, "data", commands.data, "obtain MNIST, check it, write its arrays")
    data.add_argument("--data-dir", type=Path, default=Path("data"), help="holds MNIST/raw")
    data.add_argument("--mirror", help="a folder that holds MNIST/raw")
    data.add_argument("--out", type=Path, default=commands.POOL)

    split = _verb(verbs, "split", commands.split, "draw the split of each seed")
    corrupt = _verb(verbs, "corrupt", commands.corrupt, "corrupt the training labels of each seed")
    corrupt.add_argument("--split", type=Path, required=True, help="folder that split wrote")
    run = _verb(verbs, "run", commands.run, "run one method on one cell, for each seed")
    for command in (split, corrupt, run):
        _add_cell(command)
    run.add_argument("--method", choices=[*METHODS, "references"], default=METHODS[0])
    run.add_argument("--instance", type=Path, help="holds split/ and labels/; default: made in OUT")
    run.add_argument("--steps-of", type=Path, help="take the numbers of steps from these runs")
    run.add_argument("--threads", type=int, default=1, help="threads of torch; bytes depend on it")
    run.add_argument("--device", default=os.environ.get("RELAXPEN_DEVICE", "auto"))


def _add_results(verbs: Any) -> None:
    collect = _verb(
        verbs, "collect", commands.collect, "gather the runs of a study into two tables"
    )
    collect.add_argument("--study", type=Path, required=True, help="the study file")
    collect.add_argument("--results", type=Path, required=True, help="folder of the study's runs")
    table = _verb(verbs, "table", commands.table, "make one table of a study")
    table.add_argument("name")
    table.add_argument("--study", type=Path, required=True, help="the study file")
    table.add_argument("--results", type=Path, required=True, help="folder with summary.parquet")
    table.add_argument("--out", type=Path, required=True, help="folder for .csv, .md and .tex")
    figure = _verb(verbs, "figure", commands.figure, "draw one figure from the tables it rests on")
    figure.add_argument("name")
    figure.add_argument("--study", type=Path, required=True, help="the study file")
    figure.add_argument("--tables", type=Path, required=True, help="folder that table wrote to")
    figure.add_argument("--out", type=Path, required=True, help="folder for .pdf and .png")


def _add_checks(verbs: Any) -> None:
    made = _verb(verbs, "made", commands.made, "list the tables and figures of the studies")
    made.add_argument("--studies", nargs="+", help="default: those of config/config.yaml")
    _verb(verbs, "reference", commands.reference, "copy the results to results/reference")
    _verb(verbs, "settings", commands.settings, "print every setting, as in config/README.md")
    for name, text in (
        ("bench", "time one step, in ratios"),
        ("precision", "measure the error of float32 slopes"),
    ):
        measure = _verb(verbs, name, getattr(commands, name), text)
        measure.add_argument("--pool", type=Path, default=commands.POOL)
        measure.add_argument("--out", type=Path, help="also write the table to this file")


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
    verb.add_argument(
        "--pool", type=Path, default=commands.POOL, help="the MNIST arrays that data wrote"
    )
    verb.add_argument("--out", type=Path, required=True, help="folder to write to")
