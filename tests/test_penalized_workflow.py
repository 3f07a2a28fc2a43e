"""Learning groups from the workflow to its tables and figures, and what is said of it."""

import pandas as pd
import pytest

from pipeline import fresh, made_once, make_all, planned, relaxpen, snakemake

STUDY = """
task: groups
description: groups
group: groups
fixed:
  data.source: group_lasso
  data.num_tasks: 20
  data.num_rows: 8
  data.num_features: 20
  data.num_groups: 2
  method.name: saga
  method.round_lengths: [20, 10]
  measure_every: 10
grid: {data.sizes: [inequal, random], data.smallest: [0.1]}
methods:
  relax: {title: relaxation, fixed: {method.penalized: false}}
  penalize: {title: relax and penalize, fixed: {method.batch_size: 2}}
seeds: [0, 1]
tables: [table_1, table_2, group_values, group_errors]
figures: [groups, group_progress]
"""
CLAIMS = """
group: groups
claims:
  - id: better
    line: 1
    statement: "Penalizing is better than rounding."
    criterion: "Upper value, minus that of rounding, below 0."
    checks:
      - measure: upper_value
        of: {study: small, instance: ["sizes=inequal,smallest=0.1"], method: [penalize], mask: [argmax]}
        minus: {method: [relax], mask: [half]}
        below: 0
    evidence: [small/table_1, small/groups]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_once(tmp_path_factory, "groups", make_groups)


def make_groups(folder):
    fresh(folder)
    (folder / "config/studies/small.yaml").write_text(STUDY)
    (folder / "config/claims_groups.yaml").write_text(CLAIMS)
    (folder / "config/config.yaml").write_text("studies: [small]\n")
    make_all(folder, "groups")


def test_tables_figures_and_claims_are_made(made):
    table = pd.read_csv(made / "results/small/tables/group_values.csv")
    assert len(table) == 2 * 2 * 4
    assert (table.num_runs == 2).all()
    assert len(pd.read_csv(made / "results/small/tables/table_1.csv")) == 2 * (4 + 2)
    for name in ("groups", "group_progress"):
        assert (made / f"figures/small/{name}.png").stat().st_size > 10_000
    claims = pd.read_csv(made / "results/claims_groups.csv")
    assert set(claims.outcome) <= {"holds", "fails", "open"}
    assert planned(snakemake(made, "-n", "groups").stdout) == {}


def test_verify_trace_and_replay_know_runs_without_labels(made):
    assert "intact" in relaxpen(made, "verify").stdout
    row = ("--row", "sizes=random", "smallest=0.1", "method=penalize", "mask=argmax")
    answer = relaxpen(made, "trace", "results/small/tables/group_values.csv", *row)
    assert answer.returncode == 0, answer.stderr
    assert "sizes=random,smallest=0.1" in answer.stdout
    answer = relaxpen(made, "replay", "--sample", "3")
    assert "3 bitwise" in answer.stdout, answer.stdout + answer.stderr
