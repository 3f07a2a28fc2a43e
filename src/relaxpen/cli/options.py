"""What the words of the command line may be: paths that name something, whole numbers in bounds."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from relaxpen.inputs.errors import shown

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
