"""The tables of the thesis, from the summary and the traces of a study."""

import math

import pandas as pd

from relaxpen.display.printing import cell_title, instance_title
from relaxpen.display.statistics import describe
from relaxpen.tasks.task import Shown
from relaxpen.tasks.thesis.curves import CELL
from relaxpen.tasks.thesis.methods import METHODS, REFERENCE_MODELS

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
    ("references", "noisy"): REFERENCE_MODELS["noisy"].label,
    **{
        (method, mask): final_mask.trained_on
        for method, one in METHODS.items()
        for mask, final_mask in one.masks.items()
    },
    ("references", "validation_only"): REFERENCE_MODELS["validation_only"].label,
    ("references", "oracle"): REFERENCE_MODELS["oracle"].label,
}
NO_FLAGS = {"num_not_binary": 0, "num_not_converged": 0}
COSTS = ["rounds", "steps", "num_values", "num_lower_steps", "solver_s"]


def final(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per cell, method and mask: metrics over seeds, and the runs left out.

    A run that did not finish is left out of the means and counted in num_nonfinite. One whose final
    iterate was not binary before it was rounded counts in num_not_binary, one whose final model
    missed the tolerance of its gradient in num_not_converged; both count in the means.
    """
    del traces, study
    rows = []
    names = ["instance", "source", "noise_rate", "method", "cell"]
    for key, runs in summary.groupby(names, sort=False, dropna=False):
        finished = runs[runs.status == "finished"]
        counts = {
            "num_steps": runs.num_steps.iloc[0],
            "num_runs": runs.seed.nunique(),
            "num_nonfinite": int(runs.seed.nunique() - finished.seed.nunique()),
        }
        for mask, chosen in finished.groupby("mask", sort=False):
            flags = {
                "num_not_binary": int((chosen.binary == False).sum()),  # noqa: E712 - may be missing
                "num_not_converged": int((chosen.refit_converged == False).sum()),  # noqa: E712
            }
            place = dict(zip(names, key, strict=True)) | {"mask": mask}
            rows.append(place | counts | flags | describe(chosen, FINAL_METRICS))
        if finished.empty:
            place = dict(zip(names, key, strict=True)) | {"mask": None}
            rows.append(place | counts | NO_FLAGS | describe(finished, FINAL_METRICS))
    return pd.DataFrame(rows)


def overview(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per training set, one column per instance: test loss of the final model."""
    table = final(summary, traces, study)
    places = table[["instance", "source", "noise_rate"]].drop_duplicates()
    headings = {row.instance: instance_title(*row) for row in places.itertuples(index=False)}
    rows = {}
    for (method, mask), label in OVERVIEW.items():
        found = table[(table.method == method) & (table["mask"] == mask)]
        for cell, group in found.groupby("cell", dropna=False, sort=False):
            row = {"trained on": label if pd.isna(cell) else f"{label}, {cell_title(cell)}"}
            by_instance = group.set_index("instance")
            for instance, heading in headings.items():
                for part in ("mean", "low", "high"):
                    losses = by_instance[f"refit_test_loss_{part}"]
                    row[f"{heading}_{part}"] = losses.get(instance, math.nan)
            rows[row["trained on"]] = row
    return pd.DataFrame(rows.values())


def rounding(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per cell: relaxed, rounded at 1/2, rounded to the budget, penalized.

    ``value`` is the upper objective at the exact lower-level solution for the mask (the value
    function), ``objective`` the same after T lower-level steps, which is what is minimised; nats.
    The means are over the seeds for which every method finished; num_nonfinite seeds are left out.
    """
    del traces, study
    rows = []
    for key, every in summary.dropna(subset=["cell"]).groupby(CELL, sort=False):
        every = every[every.method.isin(["relax_round", "relax_penalize", "exact_gradient"])]
        broken = set(every[every.status != "finished"].seed)
        runs = every[~every.seed.isin(broken)]
        relaxed = runs[(runs.method == "relax_round") & (runs["mask"] == "nearest")]
        solutions = {
            "half": relaxed,
            "budget": runs[(runs.method == "relax_round") & (runs["mask"] == "budget")],
            "penalized": runs[runs.method == "relax_penalize"],
            "exact": runs[runs.method == "exact_gradient"],
        }
        row = dict(zip(CELL, key, strict=True)) | {"num_runs": every.seed.nunique()}
        row |= {"num_nonfinite": len(broken)}
        names = {"relaxed_value_function": "value", "relaxed_upper_value": "objective"}
        row |= _prefixed("relaxed", relaxed, names)
        names = {"value_function": "value", "upper_value": "objective"}
        names |= {"num_kept": "kept", "refit_test_loss": "test_loss"}
        for name, chosen in solutions.items():
            row |= _prefixed(name, chosen, names)
        rows.append(row)
    return pd.DataFrame(rows)


def cost(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
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


def _prefixed(prefix: str, runs: pd.DataFrame, names: dict[str, str]) -> dict[str, float]:
    described = describe(runs, list(names))
    return {
        f"{prefix}_{new}_{part}": described[f"{old}_{part}"]
        for old, new in names.items()
        for part in ("mean", "low", "high")
    }
