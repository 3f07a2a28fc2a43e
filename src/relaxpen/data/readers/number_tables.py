"""Tables of numbers inside of zip archives, every row and entry checked."""

import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from relaxpen.inputs.errors import DataError


class Parts(NamedTuple):
    """The three parts of a regression's data: rows (n, d + 1) float64, the target last, not scaled."""

    train: np.ndarray  # of the lower level
    validation: np.ndarray  # of the upper level
    test: np.ndarray  # for evaluation alone


def texts_of(path: Path, remedy: str) -> dict[str, bytes]:
    """Return the text of every table in an archive, by its name without folders.

    Raises DataError if it is not there or damaged, with the remedy.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {Path(name).name: archive.read(name) for name in archive.namelist()}
    except FileNotFoundError:
        raise DataError(f"{path} is not there") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: {error}; {remedy}") from None


def numbers_of(text: bytes, place: str, num_columns: int, remedy: str) -> np.ndarray:
    """Return the rows of a table, (n, num_columns) float64.

    Raises DataError with the place and the line if it is cut short, or has a row of another number of
    columns or an entry that is not a finite number.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if (found := line.count(b",") + 1) != num_columns:
            raise DataError(
                f"{place}, line {number}: {found} columns instead of {num_columns}; {remedy}"
            )
    if not text.endswith(b"\n"):  # the last number may have lost digits
        raise DataError(f"{place}, line {len(lines) or 1}: ends before the end of line; {remedy}")
    try:
        rows = np.loadtxt(io.BytesIO(text), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        rows = np.array([[math.nan]])
    if not np.isfinite(rows).all():
        number, entry = _first_bad_entry(lines)
        raise DataError(f"{place}, line {number}: {entry!r} is not a finite number; {remedy}")
    return rows


def _first_bad_entry(lines: list[bytes]) -> tuple[int, str]:
    """Return the line number and the text of the first entry that is not a finite number."""
    for number, line in enumerate(lines, 1):
        for entry in line.decode("latin-1").split(","):
            try:
                finite = math.isfinite(float(entry)) and "_" not in entry  # Python's own notation
            except ValueError:
                finite = False
            if not finite:
                return number, entry
    return len(lines), ""
