"""What is shown of estimates beside the exact gradient: tables, and figures drawn from them."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from conftest import small_instance, small_settings
from given import printed, run_on, shown
from relaxpen.display.printing import markdown
from relaxpen.studies.points import expand
from relaxpen.studies.show import write_figure
from relaxpen.studies.study import Study
from relaxpen.tasks.agreement.tables import agreement, pull_limits, reached
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.task import imported
from versus import versus

STUDY = """
task: agreement
description: nearness
group: nearness
fixed:
  data.source: synthetic
  data.num_train: 40
  data.num_validation: 30
  data.num_test: 50
  data.num_features: 6
  data.noise_rate: 0.3
  precision: float64
  method.name: agreement
  method.num_steps: 4
  method.strengths: [0.01, 0.1, 1.0]
methods:
  gaussian:
    title: Gaussian
    fixed: {method.estimator: random, method.num_directions: [1, 10, 100], method.num_draws: 2}
    grid: &stages {method.num_exact_steps: [0, 3]}
  guided:
    title: guided
    fixed: {method.estimator: guided, method.num_directions: [5, 10]}
    grid: *stages
  controlled:
    title: controlled
    fixed: {method.estimator: controlled, method.num_directions: [10, 50]}
    grid: *stages
  forward: {title: forward, fixed: {}, grid: {method.warm_steps: [0, 100], method.num_steps: [2, 10]}}
  symmetric: {title: symmetric, fixed: {method.symmetric: true, method.num_steps: 10}}
  few: {title: few, fixed: {method.num_steps: 10}, grid: {method.batch_size: [8, 20]}}
  exact_few:
    title: exact few
    fixed: {method.num_steps: 10, method.estimator: exact}
    grid: {method.batch_size: [8, 20]}
  shorter: {title: shorter, fixed: {method.num_steps: 10, method.warm_steps: 10, method.step_size: 0.1}}
seeds: [0, 1, 2]
"""


@pytest.fixture(scope="module")
def study():
    return Study.model_validate(yaml.safe_load(STUDY))


@pytest.fixture(scope="module")
def traces(study):
    rows = []
    for one in expand(study):
        place = {"instance": one.instance, "source": "synthetic", "noise_rate": 0.3}
        place |= {"method": one.method, "title": study.methods[one.method].title}
        for seed in study.seeds:
            *_, result = run_on(one.settings, small_instance(small_settings(), seed), seed)
            about = place | {"setting": one.name, "seed": seed, "status": str(result.status)}
            rows += [about | row for row in result.trace]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def table(study, traces):
    return agreement(pd.DataFrame(), traces, shown(study))


def test_a_row_is_a_mean_over_seeds_of_means_over_draws(table, traces):
    found = table[(table.method == "gaussian") & (table.setting == "num_exact_steps=0")]
    assert found.num_directions.tolist() == [1, 10, 100]
    assert found.num_runs.tolist() == [3] * 3
    # a solve of T = 4 gradients and a value, which is half of one over 30 samples for 40
    each = 1 + 0.75 / 8
    assert found.cost_mean.tolist() == pytest.approx([each * (m + 1) for m in (1, 10, 100)])
    raw = traces[(traces.method == "gaussian") & (traces.setting == "num_exact_steps=0")]
    by_seed = raw[raw.num_directions == 10].groupby("seed").cosine.mean()
    assert len(raw[raw.num_directions == 10]) == 6
    row = found[found.num_directions == 10].iloc[0]
    assert row.cosine_mean == pytest.approx(by_seed.mean())
    half = 4.302653 * by_seed.std() / math.sqrt(3)  # t for 2 degrees of freedom
    assert row.cosine_high - row.cosine_mean == pytest.approx(half, rel=1e-5)
    assert set(table[table.method == "controlled"].strength) == {0.01, 0.1, 1.0}


def test_estimates_that_are_not_finite_are_counted_and_left_out(study, traces, table):
    broken = traces.copy()
    one = (broken.method == "forward") & (broken.seed == 1) & (broken.strength == 1.0)
    broken.loc[one, ["norm_ratio", "cosine"]] = [np.inf, 0.123]
    found = agreement(pd.DataFrame(), broken, shown(study))
    hit = (found.method == "forward") & (found.strength == 1.0)
    assert (found[hit].num_nonfinite == 1).all()
    assert (found[~hit].num_nonfinite == 0).all()
    left = broken[~one]
    left = left[(left.method == "forward") & (left.strength == 1.0)]
    expected = left.groupby("setting", sort=False).cosine.mean()
    assert found[hit].cosine_mean.tolist() == pytest.approx(expected.tolist())
    assert found[hit].norm_ratio_mean.notna().all()
    assert np.isfinite(found[hit].norm_ratio_mean).all()


def test_what_is_reached_stands_beside_the_law_at_the_same_cost(study, traces):
    found = reached(pd.DataFrame(), traces, shown(study))
    gaussian = found[found.method == "gaussian"]
    assert gaussian.num_directions.tolist() == [100, 100]
    assert gaussian.law_cosine.tolist() == pytest.approx([math.sqrt(100 / 141)] * 2)
    controlled = found[found.method == "controlled"]
    assert len(controlled) == 2 * 3  # stages times pulls
    assert set(controlled.num_directions) == {50}


def test_limits_are_the_largest_pulls_with_all_smaller_ones_near(study, traces):
    changed = traces.copy()
    of_one = (changed.method == "symmetric") & (changed.strength == 0.1)
    changed.loc[changed.method == "symmetric", "cosine"] = 0.995
    changed.loc[of_one, "cosine"] = 0.95  # the next larger pull is near again, by chance
    found = pull_limits(pd.DataFrame(), changed, shown(study)).set_index("method")
    assert found.loc["symmetric"].up_to_99 == 0.01
    assert found.loc["symmetric"].up_to_90 == 1.0
    assert found.loc["exact_few"].up_to_90.isna().all()
    assert len(found.loc["forward"]) == 4
    assert "cosine ≥ 0.99 up to s" in markdown(
        printed("agreement", "pull_limits", found.reset_index())
    )


def equal_cost_table():
    rows = []
    for title in ("random", "exact gradient"):
        for budget in (10.0, 20.0):
            row = {"title": f"{title}, budget={budget}", "setting": f"budget={budget}"}
            for name in ("f1", "auc", "refit_test_loss", "num_lower_steps"):
                row |= {f"{name}_mean": budget, f"{name}_low": 0.9 * budget}
                row |= {f"{name}_high": 1.1 * budget}
            rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", [*TASKS["agreement"].figures, "equal_cost"])
def test_figures_of_equal_tables_have_equal_bytes(name, study, table, tmp_path):
    drawn = table
    if name == "estimators":
        drawn = table[table.method.isin(["gaussian", "guided", "controlled"])]
    drawn.to_csv(tmp_path / "agreement.csv", index=False)
    equal_cost_table().to_csv(tmp_path / "methods.csv", index=False)
    of = versus() if name == "equal_cost" else study
    first, second = (write_figure(name, of, tmp_path, tmp_path / out) for out in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[1].stat().st_size > 10_000


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_what_a_task_shows_is_there(task):
    assert all(callable(imported(one.maker)) for one in task.tables.values())
    assert all(callable(imported(one.drawer)) for one in task.figures.values())
    for figure in task.figures.values():
        assert set(figure.tables) <= set(task.tables)
