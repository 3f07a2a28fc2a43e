"""What the words of the command line may be: paths that name something, whole numbers in bounds."""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from relaxpen.inputs.errors import shown
from relaxpen.tasks.thesis.settings import METHODS

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
        help=f"method of the thesis study (default: {METHODS[0]}); for others, set method.name",
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
