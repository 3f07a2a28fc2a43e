"""The command line: one verb per step of the workflow, and a few for people."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxpen.cli import audits, commands
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.settings import METHODS, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for anything refused at the door."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words)
    options.words = words
    try:
        return options.command(options) or 0
    except (SettingsError, DataError, OSError) as error:
        print(f"relaxpen: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("relaxpen: interrupted; runs that were finished are kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relaxpen", description=sys.modules["relaxpen"].__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_runs(verbs)
    _add_results(verbs)
    _add_checks(verbs)
    _add_audits(verbs)
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
    claims = _verb(verbs, "claims", commands.claims, "judge the claims of the thesis")
    claims.add_argument("--claims", type=Path, default=commands.CLAIMS, help="the claims file")
    claims.add_argument("--results", type=Path, default=Path("results"), help="folder of studies")
    claims.add_argument("--out", type=Path, required=True, help="folder for .csv and .md")


def _add_checks(verbs: Any) -> None:
    _verb(verbs, "settings", commands.settings, "print every setting, as in config/README.md")
    for name, text in (
        ("bench", "time one step, in ratios"),
        ("precision", "measure the error of float32 slopes"),
    ):
        measure = _verb(verbs, name, getattr(commands, name), text)
        measure.add_argument("--pool", type=Path, default=commands.POOL)
        measure.add_argument("--out", type=Path, help="also write the table to this file")


def _add_audits(verbs: Any) -> None:
    made = _verb(verbs, "made", audits.made, "list the tables and figures of the studies")
    compare = _verb(verbs, "compare", audits.compare, "set the results beside the reference")
    for verb in (made, compare):
        verb.add_argument("--studies", nargs="+", help="default: those of config/config.yaml")
    report = _verb(verbs, "report", audits.report, "write one HTML file of all that was made")
    report.add_argument("--out", type=Path, default=Path("results/report.html"))
    _verb(verbs, "reference", audits.reference, "keep the results as results/reference")
    verify = _verb(verbs, "verify", audits.verify, "check results against their manifests")
    verify.add_argument("path", nargs="?", help="a file or folder; default: all results there are")
    verify.add_argument("--strict", action="store_true", help="fail on a stale reference too")
    trace = _verb(verbs, "trace", audits.trace, "print the chain behind a file or a row")
    trace.add_argument("path", type=Path, help="a figure, a table, a summary, a file of a run")
    trace.add_argument("--row", nargs="+", default=[], metavar="COLUMN=VALUE", help="of a .csv")
    replay = _verb(verbs, "replay", audits.replay, "compute recorded runs again and compare")
    replay.add_argument("--sample", type=int, default=3, help="how many runs")
    replay.add_argument("--seed", type=int, default=0, help="of the choice of runs")
    _add_crate(_verb(verbs, "crate", audits.crate, "pack results and provenance as an RO-Crate"))


def _add_crate(crate: argparse.ArgumentParser) -> None:
    way = crate.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, help="a new folder: a BagIt bag with the crate in it")
    way.add_argument("--validate", type=Path, metavar="BAG", help="check one that was packed")
    crate.add_argument("--author", help="who ran it; default: the project")
    crate.add_argument("--orcid", help="of the author")
    crate.add_argument("--with-data", action="store_true", help="pack the MNIST arrays too")
    crate.add_argument(
        "--contexts",
        type=Path,
        default=os.environ.get("RELAXPEN_RO_CRATE_CONTEXTS"),
        help="folder with the JSON-LD contexts, to validate offline",
    )


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
