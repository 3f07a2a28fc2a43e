"""Tables as they would be printed: Markdown and LaTeX, mean and interval in one cell."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import pandas as pd

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.display.headings import HEADINGS

SPREAD = ("_low", "_high")


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
    lines = [
        "| " + " | ".join(printed.columns) + " |",
        "|" + "---|" * len(printed.columns),
        *("| " + " | ".join(row) + " |" for row in printed.to_numpy()),
    ]
    return "\n".join(lines) + f"\n\n{table.sentence()}\n"


def html(table: Printed) -> str:
    """Return a table as a page of HTML, its caption above."""
    return page(table.name, table.sentence(), table.texts())


def page(title: str, sentence: str, texts: pd.DataFrame) -> str:
    """Return a table of texts as a page of HTML that needs no other file."""
    return f"""<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{font: 13px sans-serif; margin: 1em}} table {{border-collapse: collapse}}
th, td {{padding: 3px 8px; text-align: left; border-bottom: 1px solid #ddd}}
th {{position: sticky; top: 0; background: white}}</style>
<p>{escape(sentence)}</p>{texts.to_html(index=False, border=0)}
"""


def latex(table: Printed) -> str:
    """Return a table in LaTeX, for the booktabs package."""
    printed = table.texts()
    rows = [list(printed.columns), *printed.to_numpy().tolist()]
    texts = [" & ".join(_escaped(text) for text in row) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_escaped(table.sentence())}}}",
            rf"\begin{{tabular}}{{{'l' * len(printed.columns)}}}",
            r"\toprule",
            texts[0],
            r"\midrule",
            *texts[1:],
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _texts(table: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    columns = {}
    every = [column.removesuffix("_mean") for column in table if not column.endswith(SPREAD)]
    for column in _distinct(list(shown) or every, table):
        if f"{column}_mean" in table:
            parts = (table[f"{column}_{part}"] for part in ("mean", "low", "high"))
            texts = [_interval(*values) for values in zip(*parts, strict=True)]
        else:
            texts = [_plain(value) for value in table[column]]
        columns[column] = texts
    printed = pd.DataFrame(columns)
    printed.columns = [HEADINGS.get(column, column) for column in printed.columns]
    return printed


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


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("_", r"\_").replace("–", "--")
