"""The one row of a table that COLUMN=VALUE words mean."""

import csv
import difflib
import io

from relaxpen.audit.store import Store
from relaxpen.inputs.errors import DataError
from relaxpen.inputs.suggestions import unknown

MOST = 10  # values or columns that a message lists
Row = dict[str, str]


def choose_row(store: Store, name: str, words: list[str]) -> Row:
    """Return the one row of a CSV file in which every COLUMN=VALUE holds.

    Numbers compare as numbers: 5 is 5.0. Raises DataError if no row, or more than one, is meant.
    """
    place = store.shown(name)
    if not name.endswith(".csv"):
        raise DataError(f"--row needs a .csv file; {place} is none")
    text = (store.read(name) or b"").decode(errors="replace")
    found = list(csv.DictReader(io.StringIO(text)))
    if not found:
        raise DataError(f"{place} has no rows to choose from")
    for index, word in enumerate(words):
        column, equals, value = word.partition("=")
        if not equals:
            raise DataError(f"--row {word!r} has no '='; expected COLUMN=VALUE")
        if column not in found[0]:
            raise DataError(unknown("column", column, _offered(column, found[0]), f" of {place}"))
        matching = [row for row in found if _same(row[column], value)]
        if not matching:
            before = f" with {' '.join(words[:index])}" if index else ""
            has = f"{column} is one of {_values(found, column)}"
            raise DataError(f"no row of {place}{before} has {word}; there {has}")
        found = matching
    if len(found) > 1:
        differ = [column for column in found[0] if len({row[column] for row in found}) > 1]
        hint = "; ".join(f"{column} is one of {_values(found, column)}" for column in differ[:3])
        raise DataError(
            f"{len(found)} rows of {place} have {' '.join(words)}; give COLUMN=VALUE until one has"
            + (f": there {hint}" if hint else "")
        )
    return found[0]


def _offered(column: str, known: Row) -> list[str]:
    """Return the columns to offer: all, if one is near, else the first few."""
    columns = list(known)
    few = len(columns) <= MOST or difflib.get_close_matches(column, columns, n=1)
    return columns if few else [*columns[:MOST], "..."]


def _values(rows: list[Row], column: str) -> str:
    """Return the first few values of a column."""
    values = list(dict.fromkeys(row[column] or "''" for row in rows))
    more = f" and {len(values) - MOST} more" if len(values) > MOST else ""
    return ", ".join(values[:MOST]) + more


def _same(found: str | None, wanted: str) -> bool:
    try:
        return found == wanted or float(found or "nan") == float(wanted)
    except ValueError:
        return False
