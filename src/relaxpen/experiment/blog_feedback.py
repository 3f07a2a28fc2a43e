"""BlogFeedback as UCI packs it: one archive of tables, read into the sets of data distillation."""

import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from relaxpen.experiment.data_files import DataError

ARCHIVE = Path("blogfeedback/BlogFeedback.zip")
TRAIN = "blogData_train.csv"
TEST_PREFIX = "blogData_test"
NUM_COLUMNS = 281  # 280 features, then the number of comments in the next 24 hours
REMEDY = "the file is damaged or not BlogFeedback; fetch it anew"


class BlogFeedback(NamedTuple):
    """Features (n, 280) and numbers of comments (n,), float64, neither centred nor scaled."""

    train_features: np.ndarray  # 52397 samples, of the lower level
    train_targets: np.ndarray
    validation_features: np.ndarray  # 6535 samples, of the upper level
    validation_targets: np.ndarray
    test_features: np.ndarray  # 1089 samples, for evaluation alone
    test_targets: np.ndarray


def read_blog_feedback(data_dir: Path) -> BlogFeedback:
    """Read data_dir/blogfeedback/BlogFeedback.zip.

    The lower level has the training table. The 60 test tables are joined in the order of their names:
    the first seventh of the rows, rounded down, is for evaluation, the rest is the upper level. (The
    public code has the same split and calls the first "validation", the rest "test".)
    Raises DataError with the archive, the table and the line if a table is cut short, or has a row
    of other than 281 numbers or with one that is not finite; or if a table is missing.
    Source: Relax and penalize, appendix D.3, with the numbers of the authors' public code
    (docs/deviations.md).
    """
    path = data_dir / ARCHIVE
    texts = _texts(path)
    names = sorted(name for name in texts if name.startswith(TEST_PREFIX))
    if TRAIN not in texts or not names:
        raise DataError(f"{path} needs {TRAIN} and tables {TEST_PREFIX}*.csv; {REMEDY}")
    train = _table(texts[TRAIN], f"{path}, {TRAIN}")
    others = np.concatenate([_table(texts[name], f"{path}, {name}") for name in names])
    test, validation = np.split(others, [len(others) // 7])
    parts = [part for rows in (train, validation, test) for part in (rows[:, :-1], rows[:, -1])]
    return BlogFeedback(*(np.ascontiguousarray(part) for part in parts))


def _texts(path: Path) -> dict[str, bytes]:
    """Return the text of every table in an archive, by its name without folders."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {Path(name).name: archive.read(name) for name in archive.namelist()}
    except FileNotFoundError:
        raise DataError(f"{path} is not there") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: {error}; {REMEDY}") from None


def _table(text: bytes, place: str) -> np.ndarray:
    """Return the rows of a table, (n, 281) float64."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if (found := line.count(b",") + 1) != NUM_COLUMNS:
            raise DataError(
                f"{place}, line {number}: {found} columns instead of {NUM_COLUMNS}; {REMEDY}"
            )
    if not text.endswith(b"\n"):  # the last number may have lost digits
        raise DataError(f"{place}, line {len(lines) or 1}: ends before the end of line; {REMEDY}")
    try:
        rows = np.loadtxt(io.BytesIO(text), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        rows = np.array([[math.nan]])
    if not np.isfinite(rows).all():
        number, entry = _first_bad_entry(lines)
        raise DataError(f"{place}, line {number}: {entry!r} is not a finite number; {REMEDY}")
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
