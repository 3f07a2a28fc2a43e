"""Comparisons: every method on a small instance, its budget, its settings, its filters."""

import math
from itertools import pairwise
from typing import NamedTuple

import pytest
import torch

from conftest import small_instance, small_settings
from relaxpen.experiment.comparison.bench import checkpoints
from relaxpen.experiment.comparison.build import build_estimator, build_peer, build_search
from relaxpen.experiment.comparison.dispatch import run_comparison
from relaxpen.experiment.comparison.estimator_settings import RelaxPenalize
from relaxpen.experiment.comparison.features import prepared
from relaxpen.experiment.comparison.methods import MODELS
from relaxpen.experiment.comparison.settings import Measure, resolve_comparison
from relaxpen.experiment.judge import judge_fit
from relaxpen.experiment.outcome import Status
from versus import DATA

pytestmark = pytest.mark.numerics

SMALL = {"method.batch_size": 8}
SEARCHES = dict.fromkeys(("soba", "saba", "stocbio", "amigo", "f2sa", "f2sa_adam"), SMALL)
SEARCHES |= {"reverse_mode": {"method.num_inner": 3}, "implicit_cg": {"method.num_inner": 3}}
ESTIMATORS = ["random", "guided", "guided_and_random", "value_difference", "controlled", "exact"]
FILTERS = ["all_noisy", "oracle", "validation_only", "disagreement", "confident_learning"]


def settings(method, **more):
    given = {key.replace("__", "."): value for key, value in more.items()}
    return resolve_comparison(DATA | {"method.name": method} | given)


def finish(chosen, seed=0, device="cpu"):
    *_, result = run_comparison(chosen, small_instance(small_settings(), seed, device), seed)
    return result


def check_search(result, budget=60.0):
    assert result.status is Status.finished
    costs = [row["num_lower_steps"] for row in result.trace]
    assert costs == sorted(costs)
    assert result.solver_s == sorted(result.solver_s)
    assert math.isfinite(result.trace[-1]["value_function"])
    assert set(result.masks) == {"nearest"}
    assert set(result.binary["nearest"].unique().tolist()) <= {0.0, 1.0}
    assert result.relaxed["mass"] == pytest.approx(result.theta.sum().item())
    return costs[-1]


@pytest.mark.parametrize("method", SEARCHES)
def test_methods_of_other_papers_spend_their_budget(method, device):
    outer = 0.01 if method == "f2sa_adam" else 1.0
    chosen = resolve_comparison(
        DATA | {"method.name": method, "method.outer": outer} | SEARCHES[method]
    )
    spent = check_search(finish(chosen, device=device))
    assert 60 <= spent < 60 + 100


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_relax_and_penalize_stays_within_its_budget(estimator, device):
    chosen = settings(
        "relax_penalize",
        method__estimator=estimator,
        method__num_directions=4,
        method__num_bins=4,
        method__num_steps=1,
        method__num_rounds=3,
    )
    result = finish(chosen, device=device)
    spent = check_search(result)
    assert spent <= 60
    assert spent + spent / result.counts["steps"] > 60  # another step would not have fitted


def test_rounds_share_a_budget_and_spend_all_of_it():
    method = settings("relax_penalize", method__num_rounds=3).method
    assert [build_search(method, 40, budget, 10.0).steps_per_round for budget in (60, 70, 5)] == [
        *(2, 3),  # of 6, and of 7: the last round has one
        1,
    ]
    given = {"method__estimator": "random", "method__num_directions": 20, "method__num_steps": 1}
    result = finish(settings("relax_penalize", method__num_rounds=6, **given))
    assert result.counts["steps"] == 2  # too dear for a step in every round


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        # T = 2, m = 4: solves of 2 gradients, values of F at 30 samples for the 40 of f
        ({"estimator": "random"}, 5 * (2 + 0.375)),
        ({"estimator": "guided", "num_bins": 4}, 5 * (2 + 0.375) + 0.5),
        ({"estimator": "guided_and_random", "num_bins": 2}, 7 * (2 + 0.375) + 0.5),
        ({"estimator": "value_difference"}, 2 * 2 + 2 * 0.75 + 0.375 + 1),
        ({"estimator": "value_difference", "symmetric": True}, 3 * 2 + 4 * 0.75 + 0.375 + 1.5),
        # batches of 8 of either level; losses and values of everything
        ({"estimator": "value_difference", "batch_size": 8}, (2 * 2 + 2) / 5 + 0.375 + 1),
        ({"estimator": "controlled"}, 2 * 2 + 2 * 0.75 + 0.375 + 1 + 4 * (2 + 0.375)),
        ({"estimator": "exact"}, 2 + 2 + 0.75 + 0.375),
    ],
)
def test_what_a_step_costs(given, cost):
    shared = {"method__num_steps": 2, "method__num_rounds": 1, "method__num_directions": 4}
    given = shared | {f"method__{name}": value for name, value in given.items()}
    result = finish(settings("relax_penalize", **given, budget=10 * cost + 1e-6))
    assert result.counts["steps"] == 10
    assert result.trace[-1]["num_lower_steps"] == pytest.approx(10 * cost)


def test_reverse_mode_costs_what_the_exact_gradient_does():
    """The same computation, but for the value of F that a search records."""
    ours = settings("relax_penalize", method__estimator="exact", method__num_steps=3)
    theirs = settings("reverse_mode", method__num_inner=3, method__outer=1.0)
    costs = []
    for chosen in (ours, theirs):
        result = finish(chosen)
        costs.append(result.trace[-1]["num_lower_steps"] / result.counts["steps"])
    assert costs[0] - costs[1] == pytest.approx(0.5 * 30 / 40)


@pytest.mark.parametrize("method", ["soba", "saba", "stocbio", "amigo", "f2sa", "f2sa_adam"])
def test_every_step_size_decays_as_it_is_set(method):
    given = {"method.inner": 0.3, "method.outer": 2.0, "method.outer_decay": 0.5}
    given |= {"method.inner_decay": 0.25} | (
        {"method.pulled_decay": 1.0} if "f2sa" in method else {}
    )
    chosen = resolve_comparison(DATA | given | {"method.name": method})
    peer = build_peer(chosen.method, Weighted(40, 30))
    assert peer.outer(15) == pytest.approx(2.0 / 4)
    if "f2sa" in method:
        assert (peer.plain(15), peer.pulled(15)) == pytest.approx((0.3 / 2, 0.3 / 16))
    else:
        assert peer.inner(15) == pytest.approx(0.3 / 2)


class Weighted(NamedTuple):
    """As much of a problem as methods are built from."""

    num_lower_samples: int
    num_upper_samples: int


def test_final_models_are_also_trained_with_the_validation_set():
    instance = small_instance(small_settings(), 0, "cpu")
    chosen = settings("filter", method__rule="all_noisy")
    *_, result = run_comparison(chosen, instance, 0)
    both = instance.train.joined(instance.validation)
    assert len(both.labels) == len(instance.train.labels) + len(instance.validation.labels)
    expected = judge_fit(chosen, instance, both)["refit_test_loss"]
    assert result.masks["nearest"]["joined_test_loss"] == expected
    alone = finish(settings("filter", method__rule="validation_only")).masks["nearest"]
    assert alone["joined_test_loss"] == alone["refit_test_loss"]


def test_gradients_of_both_levels_are_counted():
    result = finish(settings("soba", method__batch_size=40, method__outer=1.0, budget=50.0))
    # g: a gradient and a second derivative at all 40; f: a gradient at all 30
    assert result.counts["steps"] == math.ceil(50 / (2 + 30 / 40))


def test_the_same_seed_gives_the_same_result():
    chosen = settings("soba", method__batch_size=8)
    one, two = finish(chosen), finish(chosen)
    assert torch.equal(one.theta, two.theta)
    assert repr(one.trace) == repr(two.trace)  # nan is not equal to itself


def test_a_search_that_diverges_is_recorded():
    result = finish(settings("soba", method__inner=1e30))
    assert result.status is Status.nonfinite
    assert result.checks == {"finite": False}
    assert result.masks == {}


@pytest.mark.parametrize("rule", FILTERS)
def test_filters_are_judged_like_masks(rule, device):
    result = finish(settings("filter", method__rule=rule), device=device)
    judged = result.masks["nearest"]
    assert math.isfinite(judged["refit_test_loss"])
    if rule == "oracle":
        assert judged["f1"] == 1.0
    if rule in ("disagreement", "confident_learning"):
        assert judged["auc"] > 0.6
        # better than to throw all away: a mask turned upside down would be worse
        assert judged["f1"] > 2 * 0.3 / 1.3
        assert result.trace[-1]["num_lower_steps"] > 0.5


def test_checkpoints_are_geometric_and_end_at_the_budget():
    found = checkpoints(500.0, Measure())
    assert found[0] == pytest.approx(5.0)
    assert found[-1] == pytest.approx(500.0)
    ratios = {round(b / a, 9) for a, b in pairwise(found)}
    assert len(ratios) == 1


def test_features_are_scaled_by_the_training_set():
    instance = small_instance(small_settings())
    instance.train.features[:, 2] = 3.0
    given = {"features__scaling": "standard", "features__bias": False}
    scaled = prepared(settings("soba", **given), instance)
    columns = scaled.train.features
    assert columns.shape[1] == 6
    assert torch.allclose(columns.mean(dim=0), torch.zeros(6).double(), atol=1e-12)
    spread = columns.std(dim=0, correction=0)
    assert torch.allclose(spread, torch.tensor([1.0, 1, 0, 1, 1, 1]).double())
    # the test set goes by the mean and the spread of the training set
    first, train = instance.test.features[:, 0], instance.train.features[:, 0]
    expected = (first - train.mean()) / train.std(correction=0)
    assert torch.allclose(scaled.test.features[:, 0], expected)
    same = prepared(settings("soba"), instance)
    assert torch.equal(same.train.features, instance.train.features)


def test_every_estimator_and_method_can_be_built():
    assert set(SEARCHES) | {"relax_penalize", "agreement", "filter"} == set(MODELS)
    for estimator in ESTIMATORS:
        build_estimator(RelaxPenalize(estimator=estimator), 40)
