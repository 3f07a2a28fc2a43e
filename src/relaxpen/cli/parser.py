"""The command line: one verb per step of the workflow, and a few for people."""

import argparse
import errno
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import relaxpen
from relaxpen.cli import audits, commands, measuring, running
from relaxpen.experiment.data_files import FILES, DataError
from relaxpen.experiment.settings import METHODS, SettingsError

DRAFT = re.compile(r"\..+\.\d+\.draft")  # what files and folders are called until they are whole
POOL_HELP = "data arrays written by 'relaxpen data' (default: results/data/SOURCE.npz)"
THREADS_HELP = "number of torch threads; results can differ in the last bits"
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for anything refused at the door."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words)
    options.words = words
    try:
        if options.in_root and not getattr(options, "validate", None):
            commands.check_root()
        return options.command(options) or 0
    except (SettingsError, DataError, OSError) as error:
        text = _explain(error) if isinstance(error, OSError) else error
        print(f"relaxpen: error: {text}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("relaxpen: interrupted; finished runs are kept", file=sys.stderr)
        return 130


def _explain(error: OSError) -> str:
    """Return a failure of the file system as one sentence; temporary file names are never shown."""
    if not isinstance(error.filename, str | bytes | os.PathLike):
        return error.strerror or str(error)
    path = Path(os.fsdecode(error.filename))
    drafts = [one for one in (path, *path.parents) if DRAFT.fullmatch(one.name)]
    if not drafts and error.errno not in FORBIDDEN:
        return f"{path}: {error.strerror}"
    if not drafts and path.is_file():
        return f"{path} cannot be read or written ({error.strerror}); change its permissions"
    folder = drafts[-1].parent if drafts else path
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return (
        f"the folder {folder} cannot be written to ({error.strerror}); give another, or make it "
        "writable"
    )


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (re.fullmatch(r"[+-]?\d+", text) and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= {least}")
        return int(text)

    return number


def _parser() -> argparse.ArgumentParser:
    summary = (relaxpen.__doc__ or "relaxpen").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="relaxpen", description=summary)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_runs(verbs)
    _add_results(verbs)
    _add_checks(verbs)
    _add_audits(verbs)
    return parser


def _add_runs(verbs: Any) -> None:
    data = _verb(verbs, "data", commands.data, "fetch a data set, check it and write its arrays")
    data.add_argument(
        "--source", choices=list(FILES), default="mnist", help="data set (default: mnist)"
    )
    data.add_argument("--data-dir", type=Path, default=Path("data"), help="folder of the raw files")
    data.add_argument("--mirror", help="another folder with the same layout")
    data.add_argument("--out", type=Path, help="file to write (default: results/data/SOURCE.npz)")

    split = _verb(verbs, "split", commands.split, "draw the split of each seed")
    corrupt = _verb(verbs, "corrupt", commands.corrupt, "corrupt the training labels of each seed")
    corrupt.add_argument("--split", type=Path, required=True, help="folder written by split")
    run = _verb(verbs, "run", running.run, "run one method on one cell, for each seed")
    for command in (split, corrupt, run):
        _add_cell(command)
    run.add_argument(
        "--grid",
        nargs="*",
        default=[],
        metavar="KEY=[V1,V2,...]",
        help="settings to sweep; each combination is written to OUT/POINT",
    )
    run.add_argument(
        "--method",
        choices=[*METHODS, "references"],
        help=f"method of the thesis study (default: {METHODS[0]}); for others, set method.name",
    )
    run.add_argument("--instance", type=Path, help="folder of split/ and labels/ (default: in OUT)")
    run.add_argument("--steps-of", type=Path, help="take the numbers of steps of these runs")
    run.add_argument("--threads", type=_at_least(1), default=1, help=THREADS_HELP)
    run.add_argument(
        "--device", default=os.environ.get("RELAXPEN_DEVICE", "auto"), help="auto, cpu or cuda"
    )


def _add_results(verbs: Any) -> None:
    collect = _verb(verbs, "collect", commands.collect, "collect the runs of a study in two tables")
    collect.add_argument("--study", type=Path, required=True, help="the study file")
    collect.add_argument("--results", type=Path, required=True, help="folder of the study's runs")
    table = _verb(verbs, "table", commands.table, "make one table of a study")
    table.add_argument("name")
    table.add_argument("--study", type=Path, required=True, help="the study file")
    table.add_argument("--results", type=Path, required=True, help="folder with summary.parquet")
    table.add_argument("--out", type=Path, required=True, help="folder for .csv, .md, .tex, .html")
    figure = _verb(verbs, "figure", commands.figure, "draw one figure from its tables")
    figure.add_argument("name")
    figure.add_argument("--study", type=Path, required=True, help="the study file")
    figure.add_argument("--tables", type=Path, required=True, help="folder written by table")
    figure.add_argument("--out", type=Path, required=True, help="folder for .pdf and .png")
    choose = _verb(
        verbs, "choose", commands.choose, "write the settings chosen by tuning", in_root=True
    )
    choose.add_argument("--study", type=Path, required=True, help="the tuning study")
    choose.add_argument("--results", type=Path, required=True, help="folder with summary.parquet")
    claims = _verb(verbs, "claims", commands.claims, "test the claims of a text", in_root=True)
    claims.add_argument("--claims", type=Path, default=commands.CLAIMS, help="the claims file")
    claims.add_argument("--results", type=Path, default=Path("results"), help="folder of studies")
    claims.add_argument("--out", type=Path, required=True, help="folder for .csv, .md and .html")


def _add_checks(verbs: Any) -> None:
    _verb(verbs, "settings", commands.settings, "print every setting, as in config/README.md")
    for name, text in (
        ("bench", "time one step relative to plain matrix products"),
        ("precision", "measure the rounding error of float32 difference quotients"),
    ):
        measure = _verb(verbs, name, getattr(measuring, name), text, in_root=True)
        measure.add_argument("--pool", type=Path, help=POOL_HELP)
        measure.add_argument("--out", type=Path, help="also write the table to this file")


def _add_audits(verbs: Any) -> None:
    verb_here = partial(_verb, verbs, in_root=True)  # all but crate --validate
    made = verb_here("made", audits.made, "list the tables and figures of the studies")
    compare = verb_here("compare", audits.compare, "compare the results with the reference")
    report = verb_here("report", audits.report, "write one HTML report of all results")
    for verb in (made, compare, report):
        verb.add_argument("--studies", nargs="+", help="default: those of config/config.yaml")
    report.add_argument("--out", type=Path, default=Path("results/report.html"))
    verb_here("reference", audits.reference, "store the results as results/reference")
    verify = verb_here("verify", audits.verify, "check results against their manifests")
    verify.add_argument("path", nargs="?", help="a file or folder (default: all results)")
    verify.add_argument("--strict", action="store_true", help="fail on a reference of earlier code")
    trace = verb_here("trace", audits.trace, "print what a file or a table row was made from")
    trace.add_argument("path", type=Path, help="a figure, a table, a summary or a file of a run")
    trace.add_argument("--row", nargs="+", default=[], metavar="COLUMN=VALUE", help="row of a .csv")
    replay = verb_here("replay", audits.replay, "rerun recorded runs and compare")
    replay.add_argument("--sample", type=int, default=3, help="number of runs")
    replay.add_argument("--seed", type=int, default=0, help="seed of the random choice of runs")
    _add_crate(verb_here("crate", audits.crate, "pack results and provenance as an RO-Crate"))


def _add_crate(crate: argparse.ArgumentParser) -> None:
    way = crate.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, help="new folder: a BagIt bag with the crate in it")
    way.add_argument("--validate", type=Path, metavar="BAG", help="check a packed bag")
    crate.add_argument("--author", help="name of the author (default: the project)")
    crate.add_argument("--orcid", help="ORCID of the author")
    crate.add_argument("--with-data", action="store_true", help="also pack the data arrays")
    crate.add_argument(
        "--contexts",
        type=Path,
        default=os.environ.get("RELAXPEN_RO_CRATE_CONTEXTS"),
        help="folder of the JSON-LD contexts, to validate offline",
    )


def _verb(
    verbs: Any, name: str, command: Callable, text: str, in_root: bool = False
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text)
    verb.set_defaults(command=command, in_root=in_root)
    return verb


def _add_cell(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--set",
        nargs="*",
        default=[],
        metavar="KEY=VALUE",
        help="settings that differ from their defaults",
    )
    verb.add_argument("--seeds", nargs="+", type=_at_least(0), default=[0], help="default: 0")
    verb.add_argument("--pool", type=Path, help=POOL_HELP)
    verb.add_argument("--out", type=Path, required=True, help="folder to write to")
