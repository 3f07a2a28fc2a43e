"""Options that take more than a line, and what their words may be: paths, whole numbers in bounds."""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from relaxpen.inputs.errors import shown
from relaxpen.inputs.models import LARGEST
from relaxpen.tasks.thesis.methods import METHODS

POOL_HELP = "data arrays written by 'relaxpen data' (default: results/data/SOURCE.npz)"
MOST_THREADS = 1024  # beyond, OpenMP does not start them all


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from least to most; it raises ArgumentTypeError."""

    def number(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"{shown(text)} is no whole number of at least {least} and at most {most}"
            )
        return int(text)

    return number


def word(text: str) -> str:
    """Return a text that names a file or a folder; raises ArgumentTypeError for one that cannot."""
    return str(path(text))


def path(text: str) -> Path:
    """Return a path; raises ArgumentTypeError for a text that can be none, such as an empty one."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(
            f"{shown(text)} names no file and no folder; give the name of one"
        )
    return Path(text)


def add_cell_options(verb: argparse.ArgumentParser) -> None:
    """Add what commands have to be told that work on one cell."""
    verb.add_argument(
        "--set",
        nargs="*",
        default=[],
        metavar="KEY=VALUE",
        help="settings that differ from their defaults",
    )
    verb.add_argument("--seeds", nargs="+", type=whole(0, LARGEST), default=[0], help="default: 0")
    verb.add_argument("--pool", type=path, help=POOL_HELP)
    verb.add_argument("--out", type=path, required=True, help="folder to write to")


def add_run_options(run: argparse.ArgumentParser) -> None:
    """Add what only ``relaxpen run`` has to be told."""
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
        help=f"method of the thesis study (default: {next(iter(METHODS))}); for others, set method.name",
    )
    run.add_argument(
        "--instance", type=path, help="folder with split/ and labels/ (default: made in OUT)"
    )
    run.add_argument(
        "--steps-of", type=path, help="take the numbers of steps from the runs in this folder"
    )
    run.add_argument(
        "--threads",
        type=whole(1, MOST_THREADS),
        default=1,
        help="number of threads; results can differ in the last bits",
    )
    run.add_argument(
        "--device", default=os.environ.get("RELAXPEN_DEVICE", "auto"), help="auto, cpu or cuda"
    )


def add_replay_options(replay: argparse.ArgumentParser) -> None:
    """Add what ``relaxpen replay`` may be told."""
    replay.add_argument(
        "path", nargs="?", type=word, help="a folder of results/reference (default: your results)"
    )
    replay.add_argument(
        "--tables", action="store_true", help="also make the tables and figures that rest on them"
    )
    replay.add_argument("--sample", type=whole(0, LARGEST), default=3, help="number of runs")
    replay.add_argument(
        "--seed", type=whole(0, LARGEST), default=0, help="seed of the random choice of runs"
    )


def add_crate_options(crate: argparse.ArgumentParser) -> None:
    """Add what ``relaxpen crate`` has to be told."""
    way = crate.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=path, help="new folder: a BagIt bag with the crate in it")
    way.add_argument("--validate", type=path, metavar="BAG", help="check a packed bag")
    crate.add_argument("--author", help="name of the author (default: the project)")
    crate.add_argument("--orcid", help="ORCID of the author")
    crate.add_argument("--with-data", action="store_true", help="also pack the data arrays")
    crate.add_argument(
        "--contexts",
        type=path,
        default=os.environ.get("RELAXPEN_RO_CRATE_CONTEXTS"),
        help="folder of the JSON-LD contexts, to validate offline",
    )
