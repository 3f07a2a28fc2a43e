"""Tables as they would be printed: Markdown and LaTeX, mean and interval in one cell."""

import math
import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import pandas as pd

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.display.headings import HEADINGS
from relaxpen.display.latex import latex_table

SPREAD = ("_low", "_high")
# What Markdown would take as more than text; an underscore inside a word is text.
MARKUP = re.compile(r"[\\|<`*~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=\])\(")


def source_title(source: str) -> str:
    """Return what a data source is called."""
    return SOURCES[source].title if source in SOURCES else source


def instance_title(instance: str, source: str, noise_rate: float) -> str:
    """Return what an instance is called; one that sweeps more than source and noise shows it all."""
    if {part.split("=")[0] for part in instance.split(",")} <= {"source", "noise_rate", "data"}:
        noise = "" if pd.isna(noise_rate) else f", noise {noise_rate:g}"
        return f"{source_title(source)}{noise}"
    return instance.replace(",", ", ")


def cell_title(cell: str) -> str:
    """Return what a cell is called: "T = 5" for "num_steps=5"."""
    return cell.replace("num_steps=", "T = ").replace(",", ", ")


class Printed(NamedTuple):
    """A table to be printed: its columns in order (none: all), and the unit of what has no other."""

    name: str
    table: pd.DataFrame
    caption: str
    columns: tuple[str, ...]
    unit: str

    def texts(self) -> pd.DataFrame:
        """Return texts: a column that has a mean and an interval becomes one, "mean [low, high]"."""
        return _texts(self.table, self.columns)

    def sentence(self) -> str:
        """Return the caption, and what the numbers are."""
        interval = "Mean over seeds and its 95 % t interval"
        return f"{self.caption[0].upper()}{self.caption[1:]} {interval}; {self.unit}."


def markdown(table: Printed) -> str:
    """Return a table in GitHub's Markdown, its caption below."""
    printed = table.texts()
    headings, *rows = [
        f"| {' | '.join(map(markdown_text, row))} |"
        for row in [list(printed.columns), *printed.to_numpy().tolist()]
    ]
    lines = [headings, "|" + "---|" * len(printed.columns), *rows]
    return "\n".join(lines) + f"\n\n{markdown_text(table.sentence())}\n"


def markdown_text(text: str) -> str:
    """Return what GitHub's Markdown shows as ``text``, on one line and in one cell of a table."""
    return MARKUP.sub(r"\\\g<0>", one_line(text))


def one_line(text: str) -> str:
    """Return a text with a space for each line end and other control character."""
    return re.sub(r"[\s\x00-\x1f\x7f]", " ", text)


def html(table: Printed) -> str:
    """Return a table as a page of HTML, its caption above."""
    return page(table.name, table.sentence(), table.texts())


def page(title: str, sentence: str, texts: pd.DataFrame) -> str:
    """Return a table of texts as a page of HTML that needs no other file."""
    return f"""<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><style>
body {{font: 13px sans-serif; margin: 1em}} table {{border-collapse: collapse}}
th, td {{padding: 3px 8px; text-align: left; border-bottom: 1px solid #ddd}}
th {{position: sticky; top: 0; background: white}}</style>
<p>{escape(sentence)}</p>{texts.to_html(index=False, border=0)}
"""


def latex(table: Printed) -> str:
    """Return a table in LaTeX, for the packages that ``latex_table`` names."""
    printed = table.texts()
    return latex_table(table.sentence(), list(printed.columns), printed.to_numpy().tolist())


def _texts(table: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    columns = {}
    every = [column.removesuffix("_mean") for column in table if not column.endswith(SPREAD)]
    for column in _distinct(list(shown) or every, table):
        if f"{column}_mean" in table:
            parts = (table[f"{column}_{part}"] for part in ("mean", "low", "high"))
            texts = [_interval(*values) for values in zip(*parts, strict=True)]
        else:
            texts = [_plain(value) for value in table[column]]
        columns[column] = [one_line(text) for text in texts]
    printed = pd.DataFrame(columns)
    printed.columns = [one_line(heading(column)) for column in printed.columns]
    return printed


def heading(column: str) -> str:
    """Return what a column is called in print: its name in words if it has no other."""
    words = column.replace("_", " ") if column.isidentifier() else column
    return HEADINGS.get(column, words)


def _distinct(columns: list[str], table: pd.DataFrame) -> list[str]:
    """Return the columns, whole instances and cells in place of those that do not tell them apart."""
    for whole, parts in (("instance", ["source", "noise_rate"]), ("cell", ["num_steps"])):
        if whole in table and (table.groupby(parts)[whole].nunique() > 1).any():
            columns = [whole, *(column for column in columns if column not in parts)]
    return columns


def _interval(mean: float, low: float, high: float) -> str:
    if math.isnan(mean):
        return "–"
    if math.isnan(low) or low == high:
        return _number(mean)
    return f"{_number(mean)} [{_number(low)}, {_number(high)}]"


def _plain(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if value == math.inf:
        return "never"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("_", " ")


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3f}"
