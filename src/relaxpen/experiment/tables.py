"""The tables of a study, from its summary and its traces."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from relaxpen.experiment.catalog import FIGURE_DATA, TABLES
from relaxpen.experiment.collect import CELL
from relaxpen.experiment.files import whole
from relaxpen.experiment.printing import latex, markdown
from relaxpen.experiment.settings import SettingsError
from relaxpen.experiment.statistics import describe
from relaxpen.experiment.studies import Study

FINAL_METRICS = [
    "refit_test_loss",
    "refit_test_accuracy",
    "refit_validation_loss",
    "value_function",
    "num_kept",
    "precision",
    "recall",
    "f1",
    "keep_f1",
    "auc",
    "relaxed_auc",
]
OVERVIEW = {
    ("references", "noisy"): "all noisy data",
    ("relax_penalize", "nearest"): "filtered",
    ("relax_round", "nearest"): "relaxed, rounded at 1/2",
    ("exact_gradient", "nearest"): "filtered by the exact gradient",
    ("references", "validation_only"): "clean validation data only",
    ("references", "oracle"): "oracle mask",
}
COSTS = ["rounds", "steps", "num_values", "num_lower_steps", "solver_s"]


def final(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one row per cell, method and mask: metrics over seeds, and the runs left out.

    A run that did not finish is left out of the means and counted in num_nonfinite; one whose final
    iterate was not binary before it was snapped counts in num_not_binary, and in the means.
    """
    del traces, study
    rows = []
    names = ["source", "noise_rate", "method", "cell"]
    for key, runs in summary.groupby(names, sort=False, dropna=False):
        finished = runs[runs.status == "finished"]
        counts = {
            "num_steps": runs.num_steps.iloc[0],
            "num_runs": runs.seed.nunique(),
            "num_nonfinite": int(runs.seed.nunique() - finished.seed.nunique()),
        }
        for mask, chosen in finished.groupby("mask", sort=False):
            not_binary = int((chosen.binary == False).sum())  # noqa: E712 - it may be missing
            described = describe(chosen, FINAL_METRICS)
            place = dict(zip(names, key, strict=True)) | {"mask": mask}
            rows.append(place | counts | {"num_not_binary": not_binary} | described)
        if finished.empty:
            rows.append(dict(zip(names, key, strict=True)) | {"mask": None} | counts)
    return pd.DataFrame(rows)


def overview(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one row per training set, one column per instance: test loss of the final model."""
    table = final(summary, traces, study)
    instances = list(table[["source", "noise_rate"]].drop_duplicates().itertuples(index=False))
    rows = {}
    for (method, mask), label in OVERVIEW.items():
        found = table[(table.method == method) & (table["mask"] == mask)]
        for steps, group in found.groupby("num_steps", dropna=False):
            row = {"trained on": label if pd.isna(steps) else f"{label}, T = {steps:g}"}
            for source, rate in instances:
                here = group[(group.source == source) & (group.noise_rate == rate)]
                for part in ("mean", "low", "high"):
                    values = here[f"refit_test_loss_{part}"].to_list()
                    row[f"{source} {rate:g}_{part}"] = values[0] if values else math.nan
            rows[row["trained on"]] = row
    return pd.DataFrame(rows.values())


def rounding(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one row per cell: relaxed, rounded at 1/2, rounded to the budget, penalized.

    ``value`` is the upper objective at the exact lower-level solution for the mask, in nats.
    """
    del traces, study
    finished = summary[summary.status == "finished"]
    rows = []
    for key, runs in finished.dropna(subset=["cell"]).groupby(CELL, sort=False):
        relaxed = runs[(runs.method == "relax_round") & (runs["mask"] == "nearest")]
        solutions = {
            "half": relaxed,
            "budget": runs[(runs.method == "relax_round") & (runs["mask"] == "budget")],
            "penalized": runs[runs.method == "relax_penalize"],
            "exact": runs[runs.method == "exact_gradient"],
        }
        row = dict(zip(CELL, key, strict=True)) | {"num_runs": relaxed.seed.nunique()}
        row |= _prefixed("relaxed", relaxed, {"relaxed_value_function": "value"})
        names = {"value_function": "value", "num_kept": "kept", "refit_test_loss": "test_loss"}
        for name, chosen in solutions.items():
            row |= _prefixed(name, chosen, names)
        rows.append(row)
    return pd.DataFrame(rows)


def cost(summary: pd.DataFrame, traces: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one row per cell and method: steps, values, lower-level steps and solver seconds."""
    del traces, study
    once = summary.dropna(subset=["cell"]).drop_duplicates([*CELL, "method", "seed"])
    rows = []
    for key, runs in once.groupby([*CELL, "method"], sort=False):
        finished = runs[runs.status == "finished"]
        row = dict(zip([*CELL, "method"], key, strict=True))
        row |= {"num_runs": len(runs), "num_nonfinite": len(runs) - len(finished)}
        rows.append(row | describe(finished, COSTS))
    return pd.DataFrame(rows)


def write_table(name: str, study: Study, results: Path, out: Path) -> None:
    """Make one table of a study from results/summary.parquet and results/traces.parquet.

    Writes out/name.csv with every number, and for a table made to be read also .md and .tex.
    Raises SettingsError for a name that no table has.
    """
    if name not in TABLES | FIGURE_DATA:
        raise SettingsError(
            f"no table is called {name!r}; expected {', '.join(TABLES | FIGURE_DATA)}"
        )
    summary = pd.read_parquet(results / "summary.parquet")
    traces = pd.read_parquet(results / "traces.parquet")
    table = _maker(name)(summary, traces, study)
    texts = {"csv": table.to_csv(index=False, float_format="%.6g")}
    if name in TABLES:
        caption = f"{TABLES[name]}."
        if study.means_nothing:
            caption += " Smoke test: these numbers mean nothing."
        texts |= {"md": markdown(name, table, caption), "tex": latex(name, table, caption)}
    for extension, text in texts.items():
        with whole(out / f"{name}.{extension}") as draft:
            draft.write_text(text)


def _maker(name: str) -> Callable[[pd.DataFrame, pd.DataFrame, Study], pd.DataFrame]:
    from relaxpen.experiment.curves import curves, targets

    makers = {"overview": overview, "final": final, "rounding": rounding, "cost": cost}
    return (makers | {"curves": curves, "targets": targets})[name]


def _prefixed(prefix: str, runs: pd.DataFrame, names: dict[str, str]) -> dict[str, float]:
    described = describe(runs, list(names))
    return {
        f"{prefix}_{new}_{part}": described[f"{old}_{part}"]
        for old, new in names.items()
        for part in ("mean", "low", "high")
    }
