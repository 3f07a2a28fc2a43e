"""Runs of the relax-and-penalize paper on small data: what they reach, and what they leave behind."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from given import CPU, run_files, run_on, settings_of, split_of, task_of_settings
from relaxpen.inputs.errors import SettingsError
from relaxpen.method.schedules import GeometricDecay
from relaxpen.method.stages import Stages
from relaxpen.problems.distillation import DataDistillation
from relaxpen.problems.regression import RegressionSamples
from relaxpen.records.arrays import save
from relaxpen.records.outcome import RunResult, Status
from relaxpen.tasks.distillation.load import Distilled, load_parts
from relaxpen.tasks.distillation.run import subset
from relaxpen.tasks.groups import run as groups_run
from relaxpen.tasks.groups.load import load_tasks
from relaxpen.tasks.groups.run import accuracy, assigned, matched
from relaxpen.tasks.resolve import recorded
from relaxpen.tasks.task import InstanceFiles

pytestmark = pytest.mark.numerics

TASKS = {"data.source": "group_lasso", "method.name": "saga"}
TASKS |= {"data.num_tasks": 30, "data.num_rows": 12, "data.num_features": 12, "data.num_groups": 2}
TASKS |= {"data.sizes": "random", "data.smallest": 0.5, "measure_every": 100}
TASKS |= {"method.round_lengths": [400, 200, 200], "method.epsilon_initial": 1e3}
TASKS |= {"method.epsilon_decay": 0.05, "method.step_size": 1.0}
TASKS |= {"method.strength_scale": 1e-3, "method.initial_strength": 0.02}
DISTIL = {"data.source": "blog", "method.name": "projected", "budget": 0.25, "ridge": 0.1}
DISTIL |= {"method.round_lengths": [20] * 6, "method.step_size": 5.0, "measure_every": 20}
DISTIL |= {"method.epsilon_initial": 1e4, "method.epsilon_decay": 0.01, "data.num_train": 40}


def tasks(seed=0, **changes):
    settings = settings_of(TASKS | {key.replace("__", "."): x for key, x in changes.items()})
    return settings, instance_of_tasks(settings, seed)


def instance_of_tasks(settings, seed):
    from relaxpen.data.streams import torch_stream
    from relaxpen.problems.group_lasso_data import GroupLassoSource, Truth

    drawn = split_of(settings, seed, None)
    truth = Truth(*(torch.from_numpy(drawn[name]) for name in Truth._fields))
    source = GroupLassoSource(**settings.data.drawn)
    return source.observe(truth, torch_stream(seed, "observations"))


def last(results):
    *_, result = results
    return result


def regression(rng, size, noise):
    features = rng.normal(size=(size, 3))
    targets = features @ [1.0, -2.0, 0.5] + noise * rng.normal(size=size)
    return RegressionSamples(torch.from_numpy(features), torch.from_numpy(targets)[:, None])


RNG = np.random.default_rng(0)
DATA = Distilled(*(regression(RNG, size, 0.5) for size in (40, 60, 50)))


def test_published_rounds_are_stages_of_equal_ones():
    settings, _ = tasks()
    assert settings.method.steps_per_round == 200
    assert settings.method.stages == [0, 0, 1, 2]
    epsilon = Stages(GeometricDecay(100.0, 0.1), (0, 0, 1, 2))
    assert [epsilon(k) for k in range(6)] == pytest.approx([100, 100, 10, 1, 1, 1])
    published = settings_of({"data.source": "group_lasso", "method.name": "saga"}).method
    assert published.steps_per_round == 2500
    assert published.stages == [0, 0, 1, 1, 2, 3, 4, 5]


def test_groups_are_found_and_binary():
    settings, data = tasks()
    result = last(run_on(settings, data, 0))
    assert result.status is Status.finished
    assert result.trace[-1]["fractionality"] < 1e-2
    assert result.trace[0]["distance"] > 0.25 > result.trace[-1]["distance"]
    values = {name: mask["value"] for name, mask in result.masks.items()}
    assert values["argmax"] == pytest.approx(values["relaxed"], rel=1e-2)
    assert result.masks["oracle"]["accuracy"] == 1
    assert result.masks["argmax"]["accuracy"] == 1
    assert values["argmax"] == pytest.approx(values["oracle"])
    assert set(result.masks["argmax"]["assigned"]) <= set("01")


def test_a_relaxation_takes_all_steps_and_stays_relaxed():
    settings, data = tasks(method__penalized=False)
    result = last(run_on(settings, data, 0))
    assert result.counts == {"steps": 800}
    assert len(result.trace) == 8
    assert result.trace[-1]["fractionality"] > 1e-2
    assert result.trace[-1]["epsilon"] is None
    rows = result.theta[:-1].view(12, 2)
    nearest = torch.zeros_like(rows).scatter_(1, rows.argmax(1, keepdim=True), 1.0)
    assert result.trace[-1]["distance"] == pytest.approx((rows - nearest).abs().max().item())


def test_equal_settings_give_equal_groups():
    settings, data = tasks(method__round_lengths=[100])
    one, two = (last(run_on(settings, data, 3)) for _ in range(2))
    assert torch.equal(one.theta, two.theta)
    other = last(run_on(settings, data, 4))
    assert not torch.equal(one.theta, other.theta)


def test_both_lower_levels_lead_to_the_same_groups():
    _, data = tasks()
    given = {"lower__ridge": 0.05, "method__round_lengths": [200, 100, 100]}
    published, _ = tasks(**given, lower__solver="dual_steps", lower__num_steps=100)
    exact, _ = tasks(**given)
    found = [last(run_on(one, data, 0)).masks["argmax"] for one in (exact, published)]
    assert found[0]["assigned"] == found[1]["assigned"]
    assert found[0]["value"] == pytest.approx(found[1]["value"], rel=0.05)


def test_columns_are_matched_before_features_are_compared():
    truth = torch.eye(3).double().repeat_interleave(2, dim=0)
    swapped = truth[:, [2, 0, 1]].clone()
    assert accuracy(swapped, truth) == 1
    assert truth[:, matched(truth, truth)].equal(truth)
    swapped[0] = 0
    assert accuracy(swapped, truth) == pytest.approx(5 / 6)
    assert assigned(swapped, truth) == "-01122"


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_what_is_distilled_is_nearly_the_best_there_is(seed):
    """Of all 495 subsets at most ten are better, and none is better than the relaxation."""
    rng = np.random.default_rng(seed)
    data = Distilled(
        *(regression(rng, size, noise) for size, noise in ((12, 1), (60, 0.1), (50, 0.1)))
    )
    problem = DataDistillation(data.train, data.validation, 0.1)
    values = []
    for kept in combinations(range(12), 4):
        mask = torch.zeros(1, 12).double().index_fill_(1, torch.tensor(kept), 1.0)
        values.append(problem.evaluate(mask, problem.initial_params()).values.item())
    given = {"budget": 1 / 3, "data.num_train": 12, "method.step_size": 1.0}
    given |= {"method.round_lengths": [100] * 6, "method.epsilon_decay": 0.1}
    found = last(run_on(settings_of(DISTIL | given), data, 0)).masks
    assert sum(value < found["top"]["value"] - 1e-12 for value in values) <= 10
    assert found["top"]["num_kept"] == 4
    assert found["half"] == found["top"]
    relaxed = settings_of(DISTIL | given | {"method.penalized": False})
    result = last(run_on(relaxed, data, 0))
    assert result.masks["relaxed"]["value"] < min(values)
    assert result.masks["relaxed"]["mass"] == pytest.approx(4)
    equal = problem.evaluate(torch.full((1, 12), 1 / 3).double(), problem.initial_params())
    assert result.trace[0]["value"] > result.trace[-1]["value"]
    assert result.trace[0]["value"] < equal.values.item()


def subset_of(rule, seed):
    given = {"data.source": "blog", "method.name": "subset", "method.rule": rule}
    settings = settings_of(given | {"budget": 0.25, "ridge": 0.1, "data.num_train": 40})
    return subset(settings, settings.method, 40, seed)


def test_subsets_have_the_mass_of_their_rule():
    for rule, mass in (("random", 10), ("equal", 10), ("all", 40)):
        weights = subset_of(rule, 0)
        assert weights.sum().item() == pytest.approx(mass)
    drawn = [subset_of("random", seed) for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert set(drawn[0].tolist()) == {0.0, 1.0}


def test_a_rounding_that_keeps_nothing_has_no_numbers():
    settings = settings_of(
        DISTIL | {"method.penalized": False, "method.round_lengths": [1], "method.step_size": 1e-9}
    )
    half = last(run_on(settings, DATA, 0)).masks["half"]
    assert half["num_kept"] == 0
    assert math.isnan(half["value"])
    assert math.isnan(half["test_rmse"])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (TASKS | {"data.num_groups": 20}, "num_features 12 cannot fill num_groups 20"),
        (TASKS | {"data.num_groups": 4}, "sizes random leaves groups empty for 4 groups of 12"),
        (TASKS | {"method.least_strength": 0.5}, "initial_strength 0.02 must be between least"),
        (TASKS | {"data.sizes": "inequal", "data.num_groups": 5}, "sizes inequal needs an even"),
        (TASKS | {"method.batch_size": 31}, "batch_size 31 is larger than data.num_tasks 30"),
        (TASKS | {"method.round_lengths": []}, "method.round_lengths"),
        (TASKS | {"method.name": "soba"}, "method soba cannot be run on data.source group_lasso"),
        (TASKS | {"budget": 0.1}, "unknown setting 'budget' for data.source group_lasso"),
        (DISTIL | {"budget": 0.01}, "budget 0.01 is 0 of 40 training samples"),
        (DISTIL | {"budget": 1.5}, "budget 1.5 is 60 of 40 training samples"),
        (DISTIL | {"data.num_train": 60000}, "num_train = 60000; BlogFeedback has 52397"),
        (DISTIL | {"method.name": "saga"}, "where data is distilled by one of projected, subset"),
        (DISTIL | {"method.gradient": "wrong"}, "method.gradient"),
    ],
)
def test_bad_settings_get_one_sentence(given, sentence):
    with pytest.raises(SettingsError, match=sentence):
        settings_of(given)


def test_one_setting_stands_for_the_public_code():
    short = {"data.source": "blog", "method.name": "projected", "method.as_published": True}
    found = settings_of(short).method
    assert (found.gradient, found.projection, found.step_size) == ("published", "published", 1e-5)
    assert found.epsilon_decay == pytest.approx(1e-17**0.1)
    found = settings_of(short | {"data.source": "music"}).method
    assert (found.step_size, found.epsilon_decay) == (1e-3, pytest.approx(1e-15**0.1))
    for more in ({"method.step_size": 1.0}, {"method.as_published": False}):
        with pytest.raises(SettingsError, match=r"method\.as_published (sets method|is true or)"):
            settings_of(short | more)


def test_settings_survive_a_record():
    for given in (TASKS, DISTIL):
        settings = settings_of(given)
        assert (
            recorded(task_of_settings(settings).rule, settings.model_dump(mode="json")) == settings
        )


def test_what_is_read_is_what_was_written(tmp_path):
    settings, data = tasks(seed=5)
    (tmp_path / "split").mkdir()
    save(tmp_path / "split/seed=5.npz", split_of(settings, 5, None))
    found = load_tasks(settings, InstanceFiles(tmp_path, None), 5, CPU)
    assert all(torch.equal(one, two) for one, two in zip(found.train, data.train, strict=True))
    assert torch.equal(found.groups, data.groups)
    rng = np.random.default_rng(0)
    pool = {"pool_features": rng.normal(size=(58932, 2)), "pool_labels": np.arange(58932.0)}
    pool |= {"test_features": rng.normal(size=(7, 2)), "test_labels": np.arange(7.0)}
    save(tmp_path / "pool.npz", pool)
    few = settings_of(DISTIL | {"data.num_validation": 6})
    save(tmp_path / "split/seed=5.npz", split_of(few, 5, pool["pool_labels"]))
    parts = load_parts(few, InstanceFiles(tmp_path, tmp_path / "pool.npz"), 5, CPU)
    assert parts.train.targets.max() < 52397 <= parts.validation.targets.min()
    assert [len(part.targets) for part in parts] == [40, 6, 7]
    assert (parts.train.targets.diff(dim=0) > 0).all()
    whole = settings_of({"data.source": "blog", "method.name": "subset"})
    assert np.array_equal(split_of(whole, 0, None)["train"], np.arange(52397))
    assert np.array_equal(split_of(whole, 0, None)["validation"], np.arange(52397, 58932))


def test_samples_that_need_a_ridge_say_so(tmp_path):
    """A constant feature has no slope of its own; the run ends with one sentence."""
    rng = np.random.default_rng(0)
    features = np.c_[rng.normal(size=58932), np.ones(58932)]
    pool = {"pool_features": features, "pool_labels": np.arange(58932.0)}
    pool |= {"test_features": features[:7], "test_labels": np.arange(7.0)}
    save(tmp_path / "pool.npz", pool)
    settings = settings_of(DISTIL | {"ridge": 0.0, "data.num_validation": 6})
    (tmp_path / "split").mkdir()
    save(tmp_path / "split/seed=0.npz", split_of(settings, 0, pool["pool_labels"]))
    with pytest.raises(SettingsError, match=r"^ridge: 40 samples .* do not determine 2 slopes"):
        last(run_files(settings, tmp_path, 0, tmp_path / "pool.npz"))


def test_a_lower_level_that_cannot_be_solved_ends_its_run(tmp_path, monkeypatch):
    """It leaves what was measured before, and a status."""

    def broken(settings, data, seed):
        result = RunResult()
        result.trace.append({"step": 20})
        yield result
        raise ArithmeticError("no lower-level solution after 100 Newton steps")

    monkeypatch.setattr(groups_run, "search_groups", broken)
    settings, _ = tasks()
    (tmp_path / "split").mkdir()
    save(tmp_path / "split/seed=0.npz", split_of(settings, 0, None))
    result = last(run_files(settings, tmp_path, 0, None))
    assert (result.status, result.counts) == (Status.nonfinite, {"steps": 20})
