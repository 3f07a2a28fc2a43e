"""The tables of how near estimates come to the exact gradient."""

import math

import numpy as np
import pandas as pd

from relaxpen.display.statistics import describe
from relaxpen.tasks.agreement.settings import AgreementSettings
from relaxpen.tasks.task import Shown

CONTEST = ["instance", "method", "setting"]
PLACE = ["instance", "source", "noise_rate", "method", "title", "setting"]
FACTS = [
    *("estimator", "law", "num_bins", "symmetric", "num_steps", "step_size", "batch_size"),
    *("num_exact_steps", "warm_steps"),
]
SIZES = ["num_hyper", "num_upper"]  # training and validation samples
ROW = ["strength", "num_directions"]
QUANTITIES = ["cost", "cosine", "gap", "sign_agreement", "auc", "exact_auc", "norm_ratio"]
NEAR = (0.99, 0.9)  # cosines


def agreement(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per instance, method, setting, pull s and number m of directions.

    Means and intervals are over seeds, of the mean over the draws of each. ``cost`` is in lower-level
    solves, of T gradients over all samples each; ``gap`` is one minus the cosine. Estimates that
    are not finite are left out and counted in num_nonfinite.
    """
    del summary
    each = traces.merge(_facts(study), on=CONTEST)
    each["cost"] = each.num_lower_steps / each.num_steps
    each["gap"] = 1 - each.cosine
    each["num_nonfinite"] = ~np.isfinite(each.norm_ratio)
    each.loc[each.num_nonfinite, QUANTITIES] = math.nan
    by = [*PLACE, *FACTS, *SIZES, *ROW]
    means = dict.fromkeys(QUANTITIES, "mean") | {"num_nonfinite": "max"}
    runs = each.groupby([*by, "seed"], sort=False, dropna=False).agg(means).reset_index()
    rows = []
    for key, found in runs.groupby(by, sort=False, dropna=False):
        counts = {"num_runs": len(found), "num_nonfinite": int(found.num_nonfinite.sum())}
        rows.append(dict(zip(by, key, strict=True)) | describe(found, QUANTITIES) | counts)
    return pd.DataFrame(rows)


def _facts(study: Shown) -> pd.DataFrame:
    """Return a row per contest that measures agreement: its settings that tables and figures show."""
    rows = []
    for one in study.points:
        settings = one.settings_as(AgreementSettings)
        place = {"instance": one.instance, "method": one.method, "setting": one.name}
        facts = {name: getattr(settings.method, name) for name in FACTS}
        data = settings.data
        sizes = dict(zip(SIZES, (data.num_train, data.num_validation), strict=True))
        rows.append(place | facts | sizes)
    return pd.DataFrame(rows)


def law_of_random_directions(cost: pd.Series, facts: pd.DataFrame | pd.Series) -> pd.Series:
    """Return sqrt(m / (m + p + 1)), the cosine of the m Gaussian directions to be had at a cost.

    They cost m + 1 solves and values of F. A value is half a gradient over the validation samples, a
    share r of the p training samples: (m + 1) (1 + r / (2 T)) solves. ``facts`` has T as num_steps, p
    and r p as SIZES.
    """
    of_value = 0.5 * facts.num_upper / facts.num_hyper
    num_directions = (cost / (1 + of_value / facts.num_steps) - 1).clip(lower=0)
    return np.sqrt(num_directions / (num_directions + facts.num_hyper + 1))


def reached(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return of each estimate the row with the most directions, and what the law gives at its cost."""
    table = agreement(summary, traces, study)
    last = table.groupby([*CONTEST, "strength"], sort=False, dropna=False).tail(1)
    return last.assign(law_cosine=law_of_random_directions(last.cost_mean, last))


def pull_limits(summary: pd.DataFrame, traces: pd.DataFrame, study: Shown) -> pd.DataFrame:
    """Return one row per contest: the cosine at its smallest pull, and how far s may grow.

    ``up_to_99`` and ``up_to_90`` are the largest s tried up to which every mean cosine is at least 0.99
    or 0.9; nan where the smallest s is too large already, or nothing is pulled.
    """
    table = agreement(summary, traces, study)
    rows = []
    for _, found in table.groupby(CONTEST, sort=False):
        grown = found.sort_values("strength")
        row = grown.iloc[0].to_dict()
        for near in NEAR:
            below = grown.cosine_mean >= near
            good = grown.strength[below.cummin()]
            row[f"up_to_{100 * near:.0f}"] = good.max() if len(good) else math.nan
        rows.append(row)
    return pd.DataFrame(rows)
