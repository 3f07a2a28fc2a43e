"""A small comparison as a person meets it, for tests: a study file and a folder to run it in."""

from pathlib import Path

from pipeline import fresh

VERSUS = """
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
    """A fresh copy with nothing but this comparison and its claims."""
    fresh(folder)
    (folder / "config/comparisons/versus.yaml").write_text(VERSUS)
    (folder / "config/claims_versus.yaml").write_text(CLAIMS)
    (folder / "config/config.yaml").write_text("studies: []\ncomparisons: [versus]\n")
    return folder
