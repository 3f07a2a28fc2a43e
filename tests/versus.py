"""A small study of many methods as a person meets it, for tests: its file, and a folder to run in."""

import math
from pathlib import Path

import pandas as pd
import yaml

from pipeline import fresh
from relaxpen.studies.points import expand
from relaxpen.studies.study import Study

DATA = {
    "data.source": "synthetic",
    "data.num_train": 40,
    "data.num_validation": 30,
    "data.num_test": 50,
    "data.num_features": 6,
    "data.noise_rate": 0.3,
    "lower.ridge": 0.01,
    "precision": "float64",
    "budget": 60.0,
}
VERSUS = """
task: cleaning
description: versus
group: versus
fixed:
  data.source: synthetic
  data.num_train: 60
  data.num_validation: 30
  data.num_selection: 20
  data.num_test: 50
  data.num_features: 3
  budget: 40.0
  measure.num_checkpoints: 3
grid: {data.noise_rate: [0.2, 0.5]}
methods:
  soba:
    title: SOBA
    fixed: {method.name: soba, method.batch_size: 10}
    grid: {method.outer: [1.0, 10.0, 100.0]}
  pulled: {title: value difference, fixed: {method.name: relax_penalize, method.num_steps: 2}}
  drop: {title: drop, fixed: {method.name: filter, method.rule: disagreement}}
points: all
seeds: [0, 1]
tables: [methods, tuning]
figures: [quality, value_seconds, value_gradients, mask_gradients]
"""
CLAIMS = """
group: versus
claims:
  - id: better
    line: 1
    statement: "The value difference ends lower than SOBA."
    criterion: "Value function at the last weights, minus that of SOBA, below 0."
    checks:
      - measure: end_value
        of: {study: versus, instance: [noise_rate=0.2, noise_rate=0.5], method: [pulled]}
        minus: {method: [soba], setting: [outer=1.0, outer=100.0]}
        below: 0
    evidence: [versus/methods, versus/quality]
"""


def make_versus(folder: Path) -> Path:
    """A fresh copy with nothing but this study and its claims."""
    fresh(folder)
    (folder / "config/studies/versus.yaml").write_text(VERSUS)
    (folder / "config/claims_versus.yaml").write_text(CLAIMS)
    (folder / "config/config.yaml").write_text("studies: [versus]\n")
    return folder


TEST = ("refit_test_loss", "refit_test_accuracy", "joined_test_loss", "joined_test_accuracy")


def versus(**changes):
    return Study.model_validate(yaml.safe_load(VERSUS) | changes)


def summary_of(study, losses):
    """A summary with a row per contest and seed: loss on the selection set by (setting, seed)."""
    rows = []
    for one in expand(study):
        for seed in study.seeds:
            loss = losses.get((one.name, seed), 1.0)
            row = {"instance": one.instance, "source": "synthetic", "num_validation": 30}
            row |= {"noise_rate": one.settings.data.noise_rate, "method": one.method}
            row |= {"title": one.method.upper(), "setting": one.name, "seed": seed}
            row |= {"status": "nonfinite" if math.isnan(loss) else "finished", "mask": "nearest"}
            numbers = ("f1", "auc", "value_function", "relaxed_value_function", "solver_s")
            row |= dict.fromkeys(numbers, 0.25 + seed)
            row |= dict.fromkeys(TEST, 0.5)
            row["relaxed_auc"] = math.nan if one.method == "drop" else 0.9
            rows.append(row | {"refit_selection_loss": loss, "refit_converged": True})
    return pd.DataFrame(rows)
