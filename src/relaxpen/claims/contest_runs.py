"""Numbers of the runs of contenders, one per seed."""

import math
from functools import cached_property
from typing import Any

import pandas as pd

from relaxpen.claims.contest_measures import CONTEST_MEASURES, ContestRun
from relaxpen.claims.contests_file import ContestCheck, Entry
from relaxpen.claims.effects import Collected

PLACE = ["instance", "method", "setting"]


class ContestRuns(Collected):
    """The runs of one study of contenders."""

    def values(self, check: ContestCheck, group: Entry) -> pd.Series:
        """Return the measure of a check by seed.

        It is nan where it is of the end of a run that did not finish.
        """
        measure = CONTEST_MEASURES[check.measure]
        values = {}
        for _, row in self._rows(group).iterrows():
            trace = self._by_run.get((*(row[name] for name in PLACE), row.seed))
            known = row.status == "finished" or (measure.reads == "trace" and trace is not None)
            values[row.seed] = float(measure.take(ContestRun(row, trace))) if known else math.nan
        return pd.Series(values, dtype=float)

    def batches(self, group: Entry) -> list[str]:
        """Return the folder of the batch of runs of an entry, within the study's folder."""
        return ["/".join(filter(None, (group.instance, group.method, group.setting)))]

    def _rows(self, entry: Entry) -> pd.DataFrame:
        rows = self.summary
        for name in PLACE:
            rows = rows[rows[name] == getattr(entry, name)]
        if entry.mask:  # a run that did not finish has none, and is there all the same
            rows = rows[(rows["mask"] == entry.mask) | (rows.status != "finished")]
        return rows

    @cached_property
    def _by_run(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        runs = self.traces.groupby([*PLACE, "seed"], sort=False)
        return {key: trace.sort_values("iteration") for key, trace in runs}
