"""Tables as they would be printed: Markdown and LaTeX, mean and interval in one cell."""

import math
from html import escape

import pandas as pd

HEADINGS = {
    "source": "data",
    "noise_rate": "noise",
    "num_steps": "T",
    "refit_test_loss": "test loss",
    "refit_test_accuracy": "test accuracy",
    "refit_selection_loss": "loss on the selection set",
    "joined_test_accuracy": "test accuracy, with validation data",
    "title": "method",
    "f1": "F1",
    "num_exact_steps": "steps before",
    "warm_steps": "lower steps before",
    "num_directions": "m",
    "batch_size": "minibatch",
    "step_size": "η",
    "strength": "s",
    "cost": "cost in solves",
    "law_cosine": "cosine of the law",
    "sign_agreement": "right signs",
    "exact_auc": "AUC of the exact gradient",
    "norm_ratio": "length",
    "up_to_99": "cosine ≥ 0.99 up to s",
    "up_to_90": "cosine ≥ 0.9 up to s",
    "auc": "AUC",
    "at_edge": "at the edge of its grid",
    "value_function": "value function",
    "num_kept": "kept",
    "relaxed_auc": "AUC of theta",
    "target_loss": "test loss to reach",
    "num_lower_steps": "lower steps",
    "num_values": "values",
    "solver_s": "solver s",
    "num_runs": "runs",
    "num_reached": "reached",
    "num_nonfinite": "not finished",
    "num_not_binary": "not binary",
    "num_not_converged": "model not converged",
    "relaxed_value": "relaxed: value",
    "half_value": "rounded at 1/2: value",
    "half_kept": "kept",
    "half_test_loss": "test loss",
    "budget_value": "rounded to budget: value",
    "budget_kept": "kept",
    "budget_test_loss": "test loss",
    "penalized_value": "penalized: value",
    "penalized_kept": "kept",
    "penalized_test_loss": "test loss",
}
SOURCES = {"synthetic": "Synthetic", "mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
SPREAD = ("_low", "_high")
COLUMNS = {  # of each table, in order; a table that is not here shows all it has
    "final": [
        *("source", "noise_rate", "num_steps", "method", "mask"),
        *("refit_test_loss", "refit_test_accuracy", "value_function", "num_kept"),
        *("precision", "recall", "f1", "relaxed_auc"),
        *("num_runs", "num_nonfinite", "num_not_binary", "num_not_converged"),
    ],
    "rounding": [
        *("source", "noise_rate", "num_steps", "relaxed_value"),
        *("half_value", "half_kept", "half_test_loss"),
        *("budget_value", "budget_kept", "budget_test_loss"),
        *("penalized_value", "penalized_kept", "penalized_test_loss", "num_runs", "num_nonfinite"),
    ],
    "targets": [
        *("source", "noise_rate", "num_steps", "method", "target", "target_loss"),
        *("num_reached", "num_runs", "num_nonfinite", "solver_s", "num_lower_steps", "iteration"),
    ],
    "what_to_use": [
        *("title", "f1", "auc", "value_function", "refit_test_accuracy", "joined_test_accuracy"),
        *("solver_s", "num_lower_steps", "num_runs", "num_nonfinite"),
    ],
    "methods": [
        *("source", "noise_rate", "title", "f1", "auc", "value_function"),
        *("refit_test_loss", "refit_test_accuracy", "joined_test_accuracy"),
        *("solver_s", "num_lower_steps", "num_runs", "num_nonfinite"),
    ],
    "tuning": [
        *("source", "noise_rate", "title", "setting", "refit_selection_loss", "f1", "auc"),
        *("solver_s", "num_nonfinite", "chosen", "at_edge"),
    ],
    "reached": [
        *("title", "num_exact_steps", "num_directions", "strength", "cost", "cosine", "law_cosine"),
        *("sign_agreement", "auc", "exact_auc", "norm_ratio", "num_runs", "num_nonfinite"),
    ],
    "pull_limits": [
        *("title", "warm_steps", "num_steps", "batch_size", "step_size", "strength", "cosine"),
        *("sign_agreement", "auc", "exact_auc", "up_to_99", "up_to_90", "num_runs"),
    ],
    "cost": [
        *("source", "noise_rate", "num_steps", "method", "rounds", "steps"),
        *("num_values", "num_lower_steps", "solver_s", "num_runs", "num_nonfinite"),
    ],
}


def instance_title(instance: str, source: str, noise_rate: float) -> str:
    """Return what an instance is called; one that sweeps more than source and noise shows it all."""
    if {part.split("=")[0] for part in instance.split(",")} <= {"source", "noise_rate", "data"}:
        return f"{SOURCES.get(source, source)}, noise {noise_rate:g}"
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
    return "\n".join(lines) + f"\n\n{_sentence(caption)}\n"


def html(name: str, table: pd.DataFrame, caption: str) -> str:
    """Return a table as a page of HTML, its caption above."""
    return page(name, _sentence(caption), _printed(name, table))


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
            rf"\caption{{{_escaped(_sentence(caption))}}}",
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
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("_", " ")


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _sentence(caption: str) -> str:
    interval = "Mean over seeds and its 95 % t interval"
    return f"{caption[0].upper()}{caption[1:]} {interval}; losses in nats."


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("_", r"\_").replace("–", "--")
