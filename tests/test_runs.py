import math
from itertools import islice

import pytest
import torch
from torch.nn.functional import cross_entropy

from conftest import DEVICES, SMALL, small_instance, small_settings
from relaxpen.experiment.build import build_method, build_problem, torch_stream
from relaxpen.experiment.outcome import Status
from relaxpen.experiment.references import run_references
from relaxpen.experiment.runs import run_method
from relaxpen.method.problem import Evaluation
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.metrics import mask_metrics
from relaxpen.problems.refit import fit_on

pytestmark = pytest.mark.numerics

CPU = torch.device("cpu")
SMALL_FIXED = SMALL | {"upper.max_rounds": 1}


def finish(settings, method="relax_penalize", seed=0, device="cpu", **more):
    *_, result = run_method(settings, method, small_instance(settings, seed, device), seed, **more)
    return result


def test_a_run_ends_binary_and_counts_its_cost():
    settings = small_settings()
    result = finish(settings)
    assert result.status is Status.finished
    assert result.checks == {"finite": True, "binary": True, "refits_converged": True}
    steps = result.counts["steps"]
    assert steps == 20 * result.counts["rounds"]
    assert [row["phase"] for row in result.trace] == ["search"] * steps + ["final"]
    assert result.counts["num_values"] == steps * 9
    assert result.counts["num_lower_steps"] == steps * 9 * 4
    assert len(result.solver_s) == len(result.trace)
    assert result.solver_s == sorted(result.solver_s)
    mask = result.binary["nearest"]
    assert set(mask.tolist()) <= {0.0, 1.0}
    assert (mask - result.theta).abs().max() < 1e-2


def test_every_number_of_a_step_is_measured_where_it_says():
    """A trace row, the final row and the judged mask, each computed again by hand."""
    settings = small_settings(upper__max_rounds=1)
    instance = small_instance(settings)
    problem = build_problem(settings, instance)
    theta = torch.full((40,), 0.5, dtype=torch.float64)
    streams = (torch_stream(0, "directions"), torch_stream(0, "batches"))
    method = build_method(settings, "relax_penalize", 40)
    start = problem.initial_params()
    steps = list(islice(method.iterate(problem, theta, start, *streams), 20))
    result = finish(settings)
    test = problem.restrict(instance.test)
    for number in (0, 7, 19):
        row, params = result.trace[number], steps[number].estimate.params
        loss = cross_entropy(test.features @ params.T, test.labels).item()
        assert row["test_loss"] == pytest.approx(loss, rel=1e-12)
        assert row["validation_loss"] == steps[number].estimate.value
        assert row["mass"] == steps[number].theta.sum().item()
        assert row["num_lower_steps"] == (number + 1) * 9 * 4
    final, last = result.trace[-1], steps[-1]
    after = problem.evaluate(last.next_theta[None], last.estimate.params)
    assert final["validation_loss"] == pytest.approx(after.values[0].item(), rel=1e-12)
    assert final["num_lower_steps"] == 20 * 9 * 4 + 4
    mask, judged = (last.next_theta >= 0.5).double(), result.masks["nearest"]
    value = problem.evaluate(mask[None], last.estimate.params).values[0].item()
    assert judged["upper_value"] == pytest.approx(value, rel=1e-12)
    kept = instance.train.select(mask)
    params = fit_on(kept, settings.lower.ridge, 2).params
    loss = cross_entropy(instance.test.features @ params.T, instance.test.labels).item()
    assert judged["refit_test_loss"] == pytest.approx(loss, rel=1e-9)
    clean = instance.validation
    loss = cross_entropy(clean.features @ params.T, clean.labels).item()
    assert judged["refit_validation_loss"] == pytest.approx(loss, rel=1e-9)


def test_a_gradient_that_is_lost_is_a_status_too(monkeypatch):
    """An overflow in a perturbed solve alone: the base value stays finite."""
    evaluate = HyperCleaning.evaluate

    def overflowing(self, thetas, start, batches=None):
        values, params = evaluate(self, thetas, start, batches)
        values[1:] = torch.inf
        return values, params

    settings = small_settings()
    instance = small_instance(settings)
    monkeypatch.setattr(HyperCleaning, "evaluate", lambda *a: Evaluation(*overflowing(*a)))
    *_, result = run_method(settings, "relax_penalize", instance, 0)
    assert result.status is Status.nonfinite
    assert not result.masks


def test_the_step_best_on_the_selection_set_is_reported():
    result = finish(small_settings(data__num_selection=25, upper__max_rounds=1))
    losses = [row["selection_loss"] for row in result.trace]
    best = result.trace[losses.index(min(losses))]
    assert result.selected["selection_loss"] == min(losses)
    assert result.selected["test_loss"] == best["test_loss"]
    assert finish(small_settings(upper__max_rounds=1)).selected == {}


def test_the_snap_is_measured_before_and_after():
    result = finish(small_settings())
    before, after = result.relaxed["upper_value"], result.masks["nearest"]["upper_value"]
    assert before == pytest.approx(after, abs=0.02)
    assert before != after


def test_rounding_baseline_takes_the_given_steps_and_no_penalty():
    settings = small_settings()
    result = finish(settings, "relax_round", num_steps=33)
    assert result.counts["steps"] == 33
    assert all(row["penalty"] == 0 for row in result.trace)
    assert set(result.masks) == {"nearest", "budget"}
    assert result.masks["budget"]["num_kept"] == round(result.relaxed["mass"])


def test_exact_gradient_does_at_least_as_well_as_few_random_directions():
    settings = small_settings(data__num_train=200, data__noise_rate=0.4, lower__num_steps=10)
    exact, random = (finish(settings, name) for name in ("exact_gradient", "relax_penalize"))
    found = [each.masks["nearest"]["value_function"] for each in (exact, random)]
    assert found[0] < found[1]


def test_as_printed_discards_everything():
    result = finish(small_settings(), "as_printed")
    assert result.masks["nearest"]["num_kept"] == 0
    assert result.masks["nearest"]["refit_test_loss"] == pytest.approx(math.log(2))


def test_references_need_no_search():
    settings = small_settings()
    instance = small_instance(settings)
    result = run_references(settings, instance)
    assert set(result.masks) == {"noisy", "oracle", "validation_only"}
    assert result.masks["noisy"]["num_kept"] == 40
    assert result.masks["oracle"]["num_kept"] == 40 - 12
    assert result.masks["oracle"]["f1"] == 1
    assert "num_kept" not in result.masks["validation_only"]
    assert not result.trace


@pytest.mark.parametrize("step_size", [1e5, 1e200])
def test_divergence_is_a_status_and_not_a_number(step_size):
    result = finish(small_settings(lower__step_size=step_size, lower__ridge=10))
    assert result.status is Status.nonfinite
    assert result.checks["finite"] is False
    assert not result.masks
    assert result.counts["steps"] == len(result.trace) >= 1


def test_selection_loss_is_traced_where_there_is_a_selection_set():
    with_set = finish(small_settings(data__num_selection=25, upper__max_rounds=1))
    without = finish(small_settings(upper__max_rounds=1))
    assert all(0 < row["selection_loss"] < 5 for row in with_set.trace)
    assert all(math.isnan(row["selection_loss"]) for row in without.trace)


def test_solver_is_not_shown_which_labels_are_wrong():
    """The same run with the truth about the labels inverted takes the same steps."""
    settings = small_settings(upper__max_rounds=1)
    instance = small_instance(settings)
    blind = instance._replace(changed=~instance.changed, test=instance.validation)
    *_, one = run_method(settings, "relax_penalize", instance, 0)
    *_, two = run_method(settings, "relax_penalize", blind, 0)
    assert torch.equal(one.theta, two.theta)
    assert mask_metrics(one.theta, instance.changed).auc != one.trace[0]["auc"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch_size", [None, 10])
def test_same_seed_same_run_other_seed_other_run(device, batch_size):
    settings = small_settings(upper__max_rounds=2, lower__batch_size=batch_size)
    results = [finish(settings, seed=seed, device=device) for seed in (0, 0, 1)]
    assert torch.equal(results[0].theta, results[1].theta)
    assert not torch.equal(results[0].theta, results[2].theta)


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_sees_the_same_directions(device):
    settings = small_settings(upper__max_rounds=1)
    here, cpu = finish(settings, device=device), finish(settings)
    losses = [[row["validation_loss"] for row in result.trace[:5]] for result in (here, cpu)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
