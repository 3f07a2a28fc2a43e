"""Estimates beside the exact gradient: what is measured, at what cost, and what is refused."""

import math

import pytest
import torch

from conftest import small_instance, small_settings
from relaxpen.experiment.build import torch_stream
from relaxpen.experiment.comparison.build import build_cleaning, build_estimator, build_lower
from relaxpen.experiment.comparison.dispatch import run_comparison
from relaxpen.experiment.comparison.estimator_settings import RelaxPenalize
from relaxpen.experiment.comparison.settings import resolve_comparison
from relaxpen.experiment.outcome import Status
from relaxpen.inputs.errors import SettingsError
from relaxpen.method.agreement import agreement
from relaxpen.method.estimators import ExactHypergradient, Point
from versus import DATA

pytestmark = pytest.mark.numerics

NAME = {"method.name": "agreement", "method.num_bins": 4, "method.num_steps": 3}


def settings(**more):
    given = {f"method.{key}": value for key, value in more.items()}
    return resolve_comparison(DATA | NAME | given)


def finish(device="cpu", seed=0, **more):
    *_, result = run_comparison(
        settings(**more), small_instance(small_settings(), seed, device), seed
    )
    return result


def column(result, name):
    return [row[name] for row in result.trace]


def test_what_agreement_is():
    exact = torch.tensor([3.0, -4.0, 0.0]).double()
    assert agreement(exact, exact) == pytest.approx((1, 1, 1))
    assert agreement(-2 * exact, exact) == pytest.approx((-1, 1 / 3, 2))
    found = agreement(torch.tensor([4.0, 3.0, 1.0]).double(), exact)
    assert found == pytest.approx((0, 1 / 3, math.sqrt(26) / 5))


@pytest.mark.parametrize("given", [{}, {"warm_steps": 20}, {"num_exact_steps": 4}])
def test_the_exact_gradient_agrees_with_itself(given, device):
    result = finish(device, estimator="exact", **given)
    (row,) = result.trace
    assert [row["sign_agreement"], row["norm_ratio"]] == [1, 1]
    assert row["cosine"] == pytest.approx(1, abs=1e-12)
    assert row["auc"] == row["exact_auc"]
    assert row["num_solves"] == 1
    # 3 steps there and 3 back at 40 samples; a gradient and a value at 30
    assert row["num_lower_steps"] == 6 + 1.5 * 30 / 40
    assert math.isnan(row["num_directions"])
    assert math.isnan(row["strength"])
    uniform = bool((result.theta == 0.5).all())
    assert uniform == ("num_exact_steps" not in given)


def test_minibatches_are_measured_against_full_batches(device):
    result = finish(device, estimator="exact", batch_size=8, num_draws=3)
    cosines = column(result, "cosine")
    assert len(set(cosines)) == 3
    assert max(cosines) < 0.99
    assert column(result, "draw") == [0, 1, 2]
    assert column(result, "num_lower_steps") == pytest.approx([6 / 5 + 1.5 * 30 / 40] * 3)


@pytest.mark.parametrize("start", [{}, {"warm_steps": 500}])
def test_a_value_difference_is_near_at_small_strengths(start, device):
    """Where the lower level is solved the error falls with s; where it is not, something stays."""
    result = finish(device, strengths=[1e-4, 1.0], **start)
    small, large = column(result, "cosine")
    assert column(result, "strength") == [1e-4, 1.0]
    assert small > large
    assert (small > 0.99) == bool(start)
    assert column(result, "num_solves") == [2, 2]
    # 3 steps of f, 3 of f + s F, the losses of two models; F has 30 samples for the 40 of f
    assert column(result, "num_lower_steps") == [3 + 3 * 1.75 + 1 + 0.5 * 0.75] * 2
    assert finish(device, symmetric=True).trace[0]["num_solves"] == 3


@pytest.mark.parametrize("law", ["gaussian", "rademacher", "sphere", "orthogonal", "antithetic"])
def test_rows_of_growing_numbers_of_directions(law, device):
    result = finish(device, estimator="random", law=law, num_directions=[2, 20, 400], num_draws=2)
    assert result.status is Status.finished
    assert column(result, "num_directions") == [2, 20, 400] * 2
    assert column(result, "num_solves") == [3, 21, 401] * 2
    assert column(result, "draw") == [0] * 3 + [1] * 3
    cosines = column(result, "cosine")
    assert cosines[:3] != cosines[3:]
    assert cosines[2] > 0.9
    assert result.solver_s == sorted(result.solver_s)
    assert (
        finish(device, estimator="random", law=law, num_directions=[2, 20, 400]).trace
        == (result.trace[:3])
    )


@pytest.mark.parametrize("estimator", ["random", "guided", "guided_and_random", "controlled"])
def test_a_row_is_the_estimate_that_a_search_makes(estimator):
    result = finish(estimator=estimator, num_directions=[4, 8], strengths=[0.3])
    lower = build_lower(settings(), RelaxPenalize(num_steps=3))
    problem = build_cleaning(small_instance(small_settings()), lower)
    theta = torch.full((40,), 0.5, dtype=torch.float64)
    point = Point(theta, problem.initial_params())
    search = RelaxPenalize(estimator=estimator, num_directions=8, num_bins=4, strength=0.3)
    method = build_estimator(search, 40)
    if estimator == "guided":
        method = method.__class__(8, method.num_bins, method.radius)
    found = method.estimate(problem, point, torch_stream(0, "directions"))
    exact = ExactHypergradient().estimate(problem, point, torch.Generator())
    expected = agreement(found.gradient, exact.gradient)
    row = result.trace[-1]
    assert [row[name] for name in expected._fields] == pytest.approx(list(expected), rel=1e-9)
    assert row["num_solves"] == found.num_solves


def test_guided_directions_saturate():
    cosines = column(finish(estimator="guided", num_directions=[1, 4, 8, 16]), "cosine")
    assert cosines[0] < cosines[1]
    assert cosines[1:] == pytest.approx([cosines[1]] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"num_directions": [5, 2]}, "method: num_directions [5, 2] do not grow"),
        ({"num_directions": []}, "method.num_directions is []"),
        ({"num_directions": [0, 2]}, "method.num_directions.0 is 0"),
        ({"num_directions": 5}, "method.num_directions is 5"),
        ({"strengths": [0.1, -1]}, "method.strengths.1 is -1"),
        ({"strengths": [0.1, 0.1]}, "method.strengths names a value twice: [0.1, 0.1]"),
        ({"strength": 0.1}, "unknown setting 'method.strength' for data.source synthetic"),
        (
            {"estimator": "random", "law": "antithetic", "num_directions": [2, 5]},
            "method: num_directions 5 cannot be paired as law antithetic does; give even numbers",
        ),
        (
            {"estimator": "guided_and_random", "num_directions": [2, 5]},
            "method: num_directions 2 is below num_bins 4",
        ),
        ({"num_draws": 2}, "num_draws 2 would all be the same: value_difference with full batches"),
        (
            {"estimator": "guided", "num_bins": 41},
            "settings: method.num_bins 41 is larger than data.num_train 40; give at most one per",
        ),
    ],
)
def test_bad_settings_get_one_clear_sentence(given, sentence):
    with pytest.raises(SettingsError) as error:
        settings(**given)
    assert str(error.value).startswith(sentence) or sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_search_refuses_odd_numbers_of_pairs_too():
    odd = {"method.name": "relax_penalize", "method.law": "antithetic", "method.num_directions": 5}
    resolve_comparison(DATA | odd)  # its estimator takes no directions
    with pytest.raises(SettingsError, match="num_directions 5 cannot be paired"):
        resolve_comparison(DATA | odd | {"method.estimator": "controlled"})
