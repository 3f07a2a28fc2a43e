"""Effects: one number per seed, from the runs of the studies."""

import math
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from relaxpen.claims.claims_file import Check, Group
from relaxpen.claims.measures import MEASURES, Run


class Runs:
    """The runs of one study: results/study/summary.parquet and traces.parquet."""

    def __init__(self, summary: pd.DataFrame, traces: pd.DataFrame) -> None:
        self.summary, self._traces = summary, traces

    @classmethod
    def read(cls, folder: Path) -> "Runs":
        """Read the two tables that collect wrote to a study's folder; raises OSError."""
        return cls(*(pd.read_parquet(folder / f"{name}.parquet") for name in ("summary", "traces")))

    def values(self, measure: str, group: Group, num_steps: int) -> pd.Series:
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
        return self._by_run.get(key, self._traces.iloc[:0])

    @cached_property
    def _by_run(self) -> dict[tuple, pd.DataFrame]:
        runs = self._traces.groupby(["instance", "cell", "method", "seed"], sort=False)
        return {key: trace.sort_values("iteration") for key, trace in runs}


def effects(check: Check, group: Group, other: Group | None, runs: dict[str, Runs]) -> pd.Series:
    """Return the effect of each seed that both sides have, the paired difference or ratio.

    It is nan where a run did not finish and not finite where one never reached its target.
    """
    values = _values(check, group, runs)
    if other is None:
        return values
    others = _values(check, other, runs)
    both = values.index.intersection(others.index)
    return values[both] / others[both] if check.over else values[both] - others[both]


def _values(check: Check, group: Group, runs: dict[str, Runs]) -> pd.Series:
    study = runs[group.study]
    by_steps = pd.DataFrame(
        {steps: study.values(check.measure, group, steps) for steps in group.num_steps}
    )
    if check.across is None:
        return by_steps.iloc[:, 0]
    return by_steps.apply(ACROSS[check.across], axis="columns", result_type="reduce")


def slope(by_steps: pd.Series) -> float:
    """Return the least-squares slope of a measure on log2 T: its change per doubling of T."""
    doublings = np.log2(by_steps.index.to_numpy(dtype=float))
    doublings = doublings - doublings.mean()
    return float(doublings @ by_steps.to_numpy() / (doublings @ doublings))


def best(by_steps: pd.Series) -> float:
    """Return log2 of the T at which a measure is smallest; nan if it is unknown for any T."""
    return math.nan if by_steps.isna().any() else math.log2(by_steps.idxmin())


ACROSS = {"slope": slope, "best": best}
