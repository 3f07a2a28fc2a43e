"""A new run beside the reference: cell by cell."""

import pandas as pd
import pytest

from conftest import REPOSITORY
from relaxpen.audit.compare import compare_summaries


def test_compare_counts_final_masks_by_cell(tree):
    old = pd.read_parquet("results/tiny/summary.parquet")
    same = compare_summaries(old.assign(wall_s=0.0), old)
    assert same[["within tolerance", "different", "missing", "new"]].to_numpy().sum() == 0
    assert same.identical.sum() == len(old)
    new = old.copy()
    new.loc[0, "refit_test_loss"] *= 1.01
    new.loc[1, "refit_test_loss"] *= 2
    found = compare_summaries(new.drop(index=2), old).sum(numeric_only=True)
    assert found.to_dict() == {
        "identical": len(old) - 3, "within tolerance": 1, "different": 1, "missing": 1, "new": 0
    }  # fmt: skip


KEPT = sorted((REPOSITORY / "results/reference").glob("*/summary.parquet"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.parent.name)
def test_every_kind_of_study_can_be_compared(path):
    kept = pd.read_parquet(path).rename(columns={"setting": "cell"})
    found = compare_summaries(kept.assign(wall_s=0.0), kept).sum(numeric_only=True)
    assert found.identical == found.sum() == len(kept)
