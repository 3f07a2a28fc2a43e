"""Tables as they would be printed: Markdown and LaTeX, mean and interval in one cell."""

import math
from html import escape

import pandas as pd

from relaxpen.display.headings import COLUMNS, HEADINGS, SOURCES, UNITS

SPREAD = ("_low", "_high")


def instance_title(instance: str, source: str, noise_rate: float) -> str:
    """Return what an instance is called; one that sweeps more than source and noise shows it all."""
    if {part.split("=")[0] for part in instance.split(",")} <= {"source", "noise_rate", "data"}:
        noise = "" if pd.isna(noise_rate) else f", noise {noise_rate:g}"
        return f"{SOURCES.get(source, source)}{noise}"
    return instance.replace(",", ", ")


def cell_title(cell: str) -> str:
    """Return what a cell is called: "T = 5" for "num_steps=5"."""
    return cell.replace("num_steps=", "T = ").replace(",", ", ")


def markdown(name: str, table: pd.DataFrame, caption: str) -> str:
    """Return a table in GitHub's Markdown, its caption below."""
    printed = _printed(name, table)
    lines = [
        "| " + " | ".join(printed.columns) + " |",
        "|" + "---|" * len(printed.columns),
        *("| " + " | ".join(row) + " |" for row in printed.to_numpy()),
    ]
    return "\n".join(lines) + f"\n\n{_sentence(name, caption)}\n"


def html(name: str, table: pd.DataFrame, caption: str) -> str:
    """Return a table as a page of HTML, its caption above."""
    return page(name, _sentence(name, caption), _printed(name, table))


def page(title: str, sentence: str, texts: pd.DataFrame) -> str:
    """Return a table of texts as a page of HTML that needs no other file."""
    return f"""<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{font: 13px sans-serif; margin: 1em}} table {{border-collapse: collapse}}
th, td {{padding: 3px 8px; text-align: left; border-bottom: 1px solid #ddd}}
th {{position: sticky; top: 0; background: white}}</style>
<p>{escape(sentence)}</p>{texts.to_html(index=False, border=0)}
"""


def latex(name: str, table: pd.DataFrame, caption: str) -> str:
    """Return a table in LaTeX, for the booktabs package."""
    printed = _printed(name, table)
    rows = [list(printed.columns), *printed.to_numpy().tolist()]
    texts = [" & ".join(_escaped(text) for text in row) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_escaped(_sentence(name, caption))}}}",
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


def _printed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return texts: a column that has a mean and an interval becomes one, "mean [low, high]"."""
    columns = {}
    every = [column.removesuffix("_mean") for column in table if not column.endswith(SPREAD)]
    for column in _distinct(COLUMNS.get(name, every), table):
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


def _sentence(name: str, caption: str) -> str:
    interval = "Mean over seeds and its 95 % t interval"
    return f"{caption[0].upper()}{caption[1:]} {interval}; {UNITS.get(name, 'losses in nats')}."


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("_", r"\_").replace("–", "--")
