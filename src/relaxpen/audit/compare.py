"""A new run of the studies beside the reference: cell by cell, and claim by claim."""

from pathlib import Path

import numpy as np
import pandas as pd

from relaxpen.audit.store import Store
from relaxpen.audit.verify import verify
from relaxpen.inputs.errors import DataError

KEY = ["instance", "cell", "method", "mask", "seed"]
CIRCUMSTANCES = ["solver_s", "wall_s", "code", "device", "num_threads"]
TOLERANCE = 0.05  # relative, of each number of a run
CLAIMS = "claims"
VERDICTS = ("identical", "within tolerance", "different", "missing", "new")


def compare_summaries(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell and method: how the runs of two summaries agree.

    identical: every number the same; within tolerance: every number within a relative 0.05;
    different: some number is not; missing, new: rows that only the reference, only the new run has.
    Clock times and the machine are not compared.
    """
    left, right = (_numbers(frame) for frame in (new, old))
    rows = left.join(right, how="outer", suffixes=("_new", "_old"))
    there = [rows.index.isin(frame.index) for frame in (left, right)]
    columns = [name for name in left.columns if name in right.columns]
    pairs = [(rows[f"{name}_new"], rows[f"{name}_old"]) for name in columns]
    same = np.logical_and.reduce([(a == b) | (a.isna() & b.isna()) for a, b in pairs])
    near = np.logical_and.reduce(
        [np.isclose(a, b, rtol=TOLERANCE, atol=1e-9, equal_nan=True) for a, b in pairs]
    )
    verdict = np.select(
        [~there[0], ~there[1], same, near], ["missing", "new", *VERDICTS[:2]], "different"
    )
    places = rows.index.to_frame(index=False)[["instance", "cell", "method"]].fillna("")
    counts = places.assign(verdict=verdict).value_counts().unstack(fill_value=0)
    return counts.reindex(columns=VERDICTS, fill_value=0).reset_index()


def compare(new: Store, old: Store, studies: list[str]) -> tuple[list[str], bool]:
    """Return the comparison as a person reads it, and whether the new is as good as the old.

    It is if nothing is different or missing, and both are what their manifests say. Raises DataError
    if a study has no summary in one of the two.
    """
    _check_known(old, studies)
    lines, agree = [], True
    for study in studies:
        frames = [_summary(store, study) for store in (new, old)]
        table = compare_summaries(*frames)
        totals = ", ".join(f"{table[name].sum()} {name}" for name in VERDICTS if table[name].sum())
        lines.append(f"{study}: {len(table)} cells and methods; final masks: {totals}")
        for row in table[table["identical"] < table[list(VERDICTS)].sum(axis=1)].to_dict("records"):
            parts = ", ".join(f"{row[name]} {name}" for name in VERDICTS if row[name])
            lines.append(f"  {row['instance']} {row['cell']} {row['method']}: {parts}")
        agree = agree and not table[["different", "missing"]].to_numpy().any()
    changed = _changed_claims(new, old)
    lines += changed or ["claims: every verdict is the reference's"]
    broken = [
        f"note: the {store.name} {verb} not intact, so this says little: {found[0]}; see relaxpen "
        "verify"
        for store, verb in ((new, "are"), (old, "is"))
        if (found := verify(store).broken)
    ]
    return lines + broken, agree and not changed and not broken


def _check_known(old: Store, studies: list[str]) -> None:
    """Refuse a study that the reference does not have."""
    path = str(old.locate("results/*/summary.parquet"))
    known = sorted(found.parent.name for found in Path().glob(path))
    for study in studies:
        if study not in known:
            raise DataError(f"{study} is not in the reference; it has {', '.join(known) or 'none'}")


def _claimed(*stores: Store) -> list[str]:
    """Return the names of all verdicts that one of the stores has, and of the thesis' at any rate."""
    files = [
        path
        for one in stores
        for path in one.locate(f"results/{CLAIMS}").parent.glob("claims*.csv")
    ]
    return [CLAIMS, *sorted({path.stem for path in files} - {CLAIMS})]


def _changed_claims(new: Store, old: Store) -> list[str]:
    """Return which verdicts differ; only the thesis' claims must be there, in both."""
    lines = []
    for name in _claimed(new, old):
        paths = [store.locate(f"results/{name}.csv") for store in (new, old)]
        missing = [path for path in paths if not path.exists()]
        if missing:
            lines += [f"claims: {missing[0]} is missing"] if name == CLAIMS else []
            continue
        tables = [pd.read_csv(path).drop_duplicates("id").set_index("id").verdict for path in paths]
        ids = tables[0].index.union(tables[1].index)
        pairs = {one: [table.get(one, "missing") for table in tables] for one in ids}
        lines += [f"claim {one}: {b} -> {a}" for one, (a, b) in pairs.items() if a != b]
    return lines


def _summary(store: Store, study: str) -> pd.DataFrame:
    path: Path = store.locate(f"results/{study}/summary.parquet")
    if not path.exists():
        raise DataError(f"{path} is missing; run make reproduce first")
    return pd.read_parquet(path).rename(columns={"setting": "cell"})  # what a cell is there


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of a summary by run and mask."""
    kept = frame.drop(columns=CIRCUMSTANCES, errors="ignore").set_index(KEY)
    kept["status"] = (kept["status"] == "finished").astype(float)
    return kept.apply(pd.to_numeric, errors="coerce").astype(float)
