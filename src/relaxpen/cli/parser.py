"""The command line: one verb per step of the workflow, and a few for people."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import relaxpen
from relaxpen.cli import audits, commands, measuring, preparing, replaying, running
from relaxpen.cli.options import (
    POOL_HELP,
    add_cell_options,
    add_crate_options,
    add_replay_options,
    add_run_options,
    path,
    word,
)
from relaxpen.cli.refusals import refusal
from relaxpen.data.sources.all_sources import raw_files


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for anything refused at the door."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words)
    options.words = words
    try:
        if options.in_root and not getattr(options, "validate", None):
            commands.check_root()
        return options.command(options) or 0
    except Exception as error:
        if (sentence := refusal(error)) is None:
            raise
        print("relaxpen: error:", " ".join(sentence.splitlines()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("relaxpen: interrupted; finished runs are kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    summary = (relaxpen.__doc__ or "relaxpen").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="relaxpen", description=summary)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_runs, _add_results, _add_checks, _add_audits):
        add(verbs)
    return parser


def _add_runs(verbs: Any) -> None:
    data = _verb(verbs, "data", preparing.data, "fetch a data set, check it and write its arrays")
    data.add_argument(
        "--source", choices=list(raw_files()), default="mnist", help="data set (default: mnist)"
    )
    data.add_argument("--data-dir", type=path, default=Path("data"), help="folder of the raw files")
    data.add_argument("--mirror", type=word, help="another folder with the same layout")
    data.add_argument("--out", type=path, help="file to write (default: results/data/SOURCE.npz)")

    split = _verb(verbs, "split", preparing.split, "draw the split of each seed")
    corrupt = _verb(verbs, "corrupt", preparing.corrupt, "corrupt the training labels of each seed")
    corrupt.add_argument(
        "--split", type=path, required=True, help="folder written by 'relaxpen split'"
    )
    run = _verb(verbs, "run", running.run, "run one method on one cell, for each seed")
    for command in (split, corrupt, run):
        add_cell_options(command)
    add_run_options(run)


def _add_results(verbs: Any) -> None:
    collect = _verb(
        verbs,
        "collect",
        commands.collect,
        "collect the runs of a study in summary.parquet and traces.parquet",
    )
    collect.add_argument("--study", type=path, required=True, help="the study file")
    collect.add_argument("--results", type=path, required=True, help="folder of the study's runs")
    table = _verb(verbs, "table", commands.table, "make one table of a study")
    table.add_argument("name")
    table.add_argument("--study", type=path, required=True, help="the study file")
    table.add_argument("--results", type=path, required=True, help="folder with summary.parquet")
    table.add_argument(
        "--out", type=path, required=True, help="folder for .csv, .md, .tex and .html"
    )
    figure = _verb(verbs, "figure", commands.figure, "draw one figure from its tables")
    figure.add_argument("name")
    figure.add_argument("--study", type=path, required=True, help="the study file")
    figure.add_argument(
        "--tables", type=path, required=True, help="folder written by 'relaxpen table'"
    )
    figure.add_argument("--out", type=path, required=True, help="folder for .pdf and .png")
    choose = _verb(
        verbs, "choose", commands.choose, "write the settings chosen by tuning", in_root=True
    )
    choose.add_argument("--study", type=path, required=True, help="the file of the study tuning")
    choose.add_argument("--results", type=path, required=True, help="folder with summary.parquet")
    claims = _verb(
        verbs, "claims", commands.claims, "test the claims of a text on the results", in_root=True
    )
    claims.add_argument("--claims", type=path, default=commands.CLAIMS, help="the claims file")
    claims.add_argument("--results", type=path, default=Path("results"), help="folder of studies")
    claims.add_argument("--out", type=path, required=True, help="folder for .csv, .md and .html")


def _add_checks(verbs: Any) -> None:
    _verb(verbs, "settings", commands.settings, "print every setting, as in config/README.md")
    for name, text in (
        ("bench", "time one step relative to plain matrix products"),
        ("precision", "measure the rounding error of float32 difference quotients"),
    ):
        measure = _verb(verbs, name, getattr(measuring, name), text, in_root=True)
        measure.add_argument("--pool", type=path, help=POOL_HELP)
        measure.add_argument("--out", type=path, help="also write the table to this file")


def _add_audits(verbs: Any) -> None:
    verb_here = partial(_verb, verbs, in_root=True)  # all but crate --validate
    made = verb_here("made", audits.made, "list the tables and figures of the studies")
    compare = verb_here("compare", audits.compare, "compare the results with the reference")
    report = verb_here(
        "report", audits.report, "write all figures, tables and claims to one HTML file"
    )
    for verb in (made, compare, report):
        verb.add_argument("--studies", nargs="+", help="default: those of config/config.yaml")
    report.add_argument("--out", type=path, default=Path("results/report.html"))
    verb_here("reference", audits.reference, "store the results as results/reference")
    verify = verb_here("verify", audits.verify, "check results against their manifests")
    verify.add_argument(
        "path", nargs="?", type=word, help="a file or folder (default: all results)"
    )
    verify.add_argument(
        "--strict", action="store_true", help="also fail if the reference was made by earlier code"
    )
    trace = verb_here("trace", audits.trace, "print what a file or a table row was made from")
    trace.add_argument("path", type=path, help="a figure, a table, a summary or a file of a run")
    trace.add_argument("--row", nargs="+", default=[], metavar="COLUMN=VALUE", help="row of a .csv")
    verify.add_argument(
        "--root",
        type=word,
        metavar="HEX",
        help="root of the reference's lock, as you had it elsewhere",
    )
    add_replay_options(
        verb_here("replay", replaying.replay, "make recorded runs again and compare")
    )
    add_crate_options(
        verb_here("crate", audits.crate, "pack results and provenance as an RO-Crate")
    )


def _verb(
    verbs: Any,
    name: str,
    command: Callable[[argparse.Namespace], int | None],
    text: str,
    in_root: bool = False,
) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    verb.set_defaults(command=command, in_root=in_root)
    return verb
