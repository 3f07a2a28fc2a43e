"""Effects: one number per seed, from the runs of the studies."""

import math
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from relaxpen.claims.claims_file import Check, Group
from relaxpen.claims.measures import MEASURES, Run
from relaxpen.claims.model import AnyCheck


class AnyRuns(Protocol):
    """The runs of one study, whatever they are."""

    def values(self, check: Any, group: Any) -> pd.Series:
        """Return the measure of a check on the runs of a group by seed; nan where it has none."""
        ...

    def batches(self, group: Any) -> list[str]:
        """Return the folders of the batches of runs that a group takes, within the study's folder."""
        ...


class Collected:
    """The runs of one study: results/study/summary.parquet and traces.parquet."""

    def __init__(self, summary: pd.DataFrame, traces: pd.DataFrame) -> None:
        self.summary, self.traces = summary, traces

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the two tables that collect wrote to a study's folder; raises OSError."""
        return cls(*(pd.read_parquet(folder / f"{name}.parquet") for name in ("summary", "traces")))


class Runs(Collected):
    """The runs of one study of the thesis' method."""

    def values(self, check: Check, group: Group) -> pd.Series:
        """Return the measure of a check by seed; nan where a run did not finish."""
        by_steps = pd.DataFrame(
            {steps: self._of_cell(check.measure, group, steps) for steps in group.num_steps}
        )
        if check.across is None:
            return by_steps.iloc[:, 0]
        return by_steps.apply(ACROSS[check.across], axis="columns", result_type="reduce")

    def _of_cell(self, measure: str, group: Group, num_steps: int) -> pd.Series:
        """Return a measure of the runs of one cell by seed; nan where a run did not finish."""
        rows = self.summary
        rows = rows[(rows.source == group.source) & (rows.noise_rate == group.noise_rate)]
        references = rows[rows.method == "references"].set_index(["seed", "mask"]).refit_test_loss
        rows = rows[rows.method == group.method]
        if group.method != "references":
            rows = rows[rows.num_steps == num_steps]
        values = dict.fromkeys(rows.seed, math.nan)
        finished = rows[(rows.status == "finished") & (rows["mask"] == group.mask)]
        for _, row in finished.iterrows():
            trace = self._trace(row)
            bars = (references.get((row.seed, mask), math.nan) for mask in ("noisy", "oracle"))
            values[row.seed] = float(MEASURES[measure].take(Run(row, trace, *bars)))
        return pd.Series(values, dtype=float)

    def batches(self, group: Group) -> list[str]:
        """Return the folders of the batches of runs that a group takes, within the study's folder."""
        rows = self.summary
        rows = rows[(rows.source == group.source) & (rows.noise_rate == group.noise_rate)]
        rows = rows[rows.method == group.method]
        if group.method == "references":
            return [f"{instance}/references" for instance in rows.instance.unique()]
        rows = rows[rows.num_steps.isin(group.num_steps)].drop_duplicates("cell")
        return [f"{row.instance}/{row.cell}/{row.method}" for row in rows.itertuples()]

    def _trace(self, row: pd.Series) -> pd.DataFrame:
        key = (row.instance, row.cell, row.method, row.seed)
        return self._by_run.get(key, self.traces.iloc[:0])

    @cached_property
    def _by_run(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        runs = self.traces.groupby(["instance", "cell", "method", "seed"], sort=False)
        return {key: trace.sort_values("iteration") for key, trace in runs}


def effects(check: AnyCheck, group: Any, other: Any, runs: dict[str, AnyRuns]) -> pd.Series:
    """Return the effect of each seed that both sides have: the paired difference or ratio.

    With ``before`` it is 1 where the first side has less, else 0. It is nan where a run has no number,
    and not finite where one never reached its target.
    """
    values = runs[group.study].values(check, group)
    if other is None or check.relation is None:
        return values
    others = runs[other.study].values(check, other)
    both = values.index.intersection(others.index)
    return COMPARED[check.relation](values[both], others[both])


def is_before(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return 1 where the first is less, else 0; nan where either is unknown.

    Of two sides that never reach a target, neither is before the other.
    """
    return (first < second).astype(float).where(first.notna() & second.notna())


def slope(by_steps: pd.Series) -> float:
    """Return the least-squares slope of a measure on log2 T: its change per doubling of T."""
    doublings = np.log2(by_steps.index.to_numpy(dtype=float))
    doublings = doublings - doublings.mean()
    return float(doublings @ by_steps.to_numpy() / (doublings @ doublings))


def best(by_steps: pd.Series) -> float:
    """Return log2 of the T at which a measure is smallest; nan if it is unknown for any T."""
    return math.nan if by_steps.isna().any() else math.log2(by_steps.idxmin())


ACROSS = {"slope": slope, "best": best}
COMPARED = {
    "minus": lambda first, second: first - second,
    "over": lambda first, second: first / second,
    "before": is_before,
}
