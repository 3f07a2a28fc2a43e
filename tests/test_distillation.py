"""Data distillation: its lower level, value and derivatives against autograd; what is printed wrong."""

import math
from itertools import islice, pairwise
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from analytic import iterate
from relaxpen.method.budgeted_box import BudgetedBox
from relaxpen.method.estimators import ExactHypergradient, Point
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.masks import fractionality, round_at_half
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import RelaxAndPenalize, until_binary
from relaxpen.method.schedules import Constant, GeometricDecay, HarmonicStepSize
from relaxpen.problems.distillation import DataDistillation
from relaxpen.problems.regression import RegressionSamples, regression_metrics
from small_regression import (
    lower_objective,
    relative_error,
    small_regression,
    solution,
    validation_loss,
    value,
)

pytestmark = pytest.mark.numerics

RIDGES = [0.0, 0.3, 100.0]
KINDS = ["inside", "binary", "uniform"]


def weights_of(kind, inside):
    return {
        "inside": inside,
        "binary": (inside > 0.5).double(),
        "uniform": torch.full_like(inside, 0.1),
    }[kind]


def autograd(weights, train, validation, ridge):
    weights = weights.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(value(weights, train, validation, ridge), weights)
    return gradient


@pytest.mark.parametrize("ridge", RIDGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_lower_level_is_stationary_and_is_the_normal_equations_solution(kind, ridge):
    train, validation, inside = small_regression()
    weights = weights_of(kind, inside)
    params = DataDistillation(train, validation, ridge).fit(weights).params.requires_grad_()
    (slope,) = torch.autograd.grad(lower_objective(params, train, weights, ridge), params)
    assert slope.abs().max() < 1e-12
    assert relative_error(params.detach(), solution(train, weights, ridge)) < 1e-11


@pytest.mark.parametrize("num_targets", [1, 2])
@pytest.mark.parametrize("ridge", RIDGES)
@pytest.mark.parametrize("kind", KINDS)
def test_value_and_gradient_are_those_of_autograd(kind, ridge, num_targets):
    train, validation, inside = small_regression(num_targets)
    weights = weights_of(kind, inside)
    problem = DataDistillation(train, validation, ridge)
    found = problem.hypergradient(weights, problem.initial_params())
    expected = value(weights, train, validation, ridge).item()
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert relative_error(found.gradient, autograd(weights, train, validation, ridge)) < 1e-10
    assert relative_error(found.params, solution(train, weights, ridge)) < 1e-11


def test_gradient_is_the_slope_of_the_values():
    train, validation, weights = small_regression(seed=3)
    problem = DataDistillation(train, validation, 0.3)
    start, step = problem.initial_params(), 1e-5
    shifts = step * torch.eye(len(weights), dtype=torch.float64)
    up = problem.evaluate(weights + shifts, start).values
    down = problem.evaluate(weights - shifts, start).values
    found = problem.hypergradient(weights, start).gradient
    assert torch.allclose((up - down) / (2 * step), found, rtol=1e-6, atol=1e-9)


class Pieces(NamedTuple):
    """What the formulas of the paper are made of, for weights v."""

    x_hat: Tensor  # (m, d)
    y_hat: Tensor  # (m, e)
    x_bar: Tensor  # (d,)
    y_bar: Tensor  # (e,)
    covariance: Tensor  # (d, d) C_v(X)
    cross: Tensor  # (e, d) C_v(X, Y)
    normal: Tensor  # (d, d) C_v(X) / m + s I
    slopes: Tensor  # (e, d) W


def pieces(train, weights, ridge):
    x_bar = weights @ train.features / weights.sum()
    y_bar = weights @ train.targets / weights.sum()
    x_hat, y_hat = train.features - x_bar, train.targets - y_bar
    covariance = (x_hat.T * weights) @ x_hat
    cross = (y_hat.T * weights) @ x_hat
    identity = torch.eye(len(x_bar), dtype=torch.float64)
    normal = covariance / len(weights) + ridge * identity
    slopes = cross / len(weights) @ normal.inverse()
    return Pieces(x_hat, y_hat, x_bar, y_bar, covariance, cross, normal, slopes)


def jacobian(train, weights, ridge):
    """d[W, b]/dv_j, (m, e, d + 1), by autograd."""
    found = torch.autograd.functional.jacobian(lambda v: solution(train, v, ridge), weights)
    return found.movedim(-1, 0)


def test_corrected_derivatives_of_the_solution_are_those_of_autograd():
    """dW/dv_j = (1/m)(y_j^ - W x_j^) x_j^' B^-1, db/dv_j = (y_j^ - W x_j^) / V - dW/dv_j xbar_v."""
    train, _, weights = small_regression()
    p = pieces(train, weights, 0.3)
    errors = p.y_hat - p.x_hat @ p.slopes.T
    slopes = errors[:, :, None] * (p.x_hat @ p.normal.inverse())[:, None] / len(weights)
    bias = errors / weights.sum() - slopes @ p.x_bar
    expected = jacobian(train, weights, 0.3)
    assert relative_error(slopes, expected[..., :-1]) < 1e-10
    assert relative_error(bias, expected[..., -1]) < 1e-10


@pytest.mark.parametrize("num_targets", [1, 2])
def test_both_terms_of_the_gradient_are_what_they_say(num_targets):
    """The one moves W at fixed means, the other the means at fixed W."""
    train, validation, weights = small_regression(num_targets)
    problem = DataDistillation(train, validation, 0.3)
    terms = problem.gradient_terms(problem.fit(weights))
    p, slopes = pieces(train, weights, 0.3), jacobian(train, weights, 0.3)[..., :-1]
    errors = (validation.features - p.x_bar) @ p.slopes.T + p.y_bar - validation.targets
    moved = torch.einsum("ne,med,nd->m", errors, slopes, validation.features - p.x_bar)
    assert relative_error(terms.through_slopes, moved / len(errors)) < 1e-10
    means = (p.y_hat - p.x_hat @ p.slopes.T) @ errors.mean(dim=0) / weights.sum()
    assert relative_error(terms.through_means, means) < 1e-10


def test_a_batch_gives_its_own_entries_and_none_else():
    train, validation, weights = small_regression()
    problem = DataDistillation(train, validation, 0.3, batch_size=6)
    batches = problem.draw_batches(torch.Generator().manual_seed(1))
    assert batches.shape == (1, 6)
    assert len(batches.unique()) == 6
    whole = problem.hypergradient(weights, problem.initial_params())
    part = problem.hypergradient(weights, problem.initial_params(), batches)
    assert torch.equal(part.gradient[batches[0]], whole.gradient[batches[0]])
    assert int((part.gradient != 0).sum()) == 6
    assert part.value == whole.value
    full = DataDistillation(train, validation, 0.3)
    assert full.draw_batches(torch.Generator()) is None


# What the paper prints, and by how much it is wrong. The corrected forms are tested above.


def test_13_with_a_minus_before_b_is_not_solved_by_14():
    """(13) prints |W x - b - y|^2: at (14) its derivative in b is far from 0."""
    train, _, weights = small_regression()
    params = solution(train, weights, 0.3)
    bias = params[:, -1].clone().requires_grad_()
    flipped = torch.cat([params[:, :-1], -bias[:, None]], dim=1)
    loss = lower_objective(flipped, train, weights, 0.3)
    (slope,) = torch.autograd.grad(loss, bias)
    assert slope.norm() > 0.1


def test_11_with_a_ridge_on_b_too_is_not_solved_by_14():
    train, _, weights = small_regression()
    params = solution(train, weights, 0.3).requires_grad_()
    loss = lower_objective(params, train, weights, 0.3) + 0.3 * params[:, -1].square().sum()
    (slope,) = torch.autograd.grad(loss, params)
    assert slope.norm() > 0.1


def test_the_linear_systems_after_d1_lack_1_over_m():
    """(C_v(X) + s I) a = z, W z = C_v(X,Y) a is the solution of another ridge, s / m."""
    train, _, weights = small_regression()
    p = pieces(train, weights, 100.0)
    identity = torch.eye(len(p.x_bar), dtype=torch.float64)
    printed = p.cross @ (p.covariance + 100 * identity).inverse()
    assert relative_error(printed, p.slopes) > 0.1
    assert relative_error(printed, solution(train, weights, 100 / 30)[:, :-1]) < 1e-10


@pytest.mark.parametrize(("sign", "divided"), [(1, False), (1, True), (-1, False), (-1, True)])
def test_30_has_the_wrong_sign_and_lacks_1_over_m(sign, divided):
    """Only with a minus before W and with 1/m is it the derivative: the sign got lost in (27)."""
    train, validation, weights = small_regression(num_targets=1)
    p, m = pieces(train, weights, 0.3), len(weights)
    inner = p.y_hat + sign * p.x_hat @ p.slopes.T
    slopes = inner[:, :, None] * (p.x_hat @ p.normal.inverse())[:, None] / (m if divided else 1)
    errors = (validation.features - p.x_bar) @ p.slopes.T + p.y_bar - validation.targets
    moved = torch.einsum("ne,med,nd->m", errors, slopes, validation.features - p.x_bar)
    means = (p.y_hat - p.x_hat @ p.slopes.T) @ errors.mean(dim=0) / weights.sum()
    gradient = moved / len(errors) + means
    error = relative_error(gradient, autograd(weights, train, validation, 0.3))
    assert error < 1e-10 if (sign, divided) == (-1, True) else error > 0.1


def test_24_read_literally_divides_only_y():
    """Its second line has (1/V) y_j^ - W x_j^; the whole bracket is divided."""
    train, validation, weights = small_regression()
    p = pieces(train, weights, 0.3)
    errors = (validation.features - p.x_bar) @ p.slopes.T + p.y_bar - validation.targets
    printed = (p.y_hat / weights.sum() - p.x_hat @ p.slopes.T) @ errors.mean(dim=0)
    problem = DataDistillation(train, validation, 0.3)
    right = problem.gradient_terms(problem.fit(weights))
    assert relative_error(printed, right.through_means) > 0.1
    gradient = right.through_slopes + printed
    assert relative_error(gradient, autograd(weights, train, validation, 0.3)) > 0.1


def test_the_last_line_of_db_has_x_hat_for_x_bar():
    """Its x_v^ can only be sum_i v_i x_i^, which is 0 by (21)."""
    train, _, weights = small_regression()
    p, expected = pieces(train, weights, 0.3), jacobian(train, weights, 0.3)
    assert (weights @ p.x_hat).abs().max() < 1e-12
    printed = (p.y_hat - p.x_hat @ p.slopes.T) / weights.sum()
    assert relative_error(printed, expected[..., -1]) > 0.1


# What must not matter, and what must.


def test_a_sample_of_weight_0_has_no_influence():
    train, validation, weights = small_regression()
    weights[3] = 0
    other = RegressionSamples(train.features.clone(), train.targets.clone())
    other.features[3], other.targets[3] = 1e6, -1e6
    first, second = (
        DataDistillation(each, validation, 0.3).fit(weights) for each in (train, other)
    )
    assert torch.equal(first.params, second.params)


def test_weights_and_ridge_in_proportion_give_the_same_model():
    train, validation, weights = small_regression()
    first = DataDistillation(train, validation, 0.3).fit(weights).params
    second = DataDistillation(train, validation, 0.03).fit(0.1 * weights).params
    assert relative_error(second, first) < 1e-13


def test_features_may_be_far_from_0():
    """As only deviations from means are multiplied, a million in front costs six digits, not twelve."""
    train, validation, weights = small_regression()
    far, ahead = (
        RegressionSamples(each.features + 1e6, each.targets) for each in (train, validation)
    )
    near = DataDistillation(train, validation, 0.3)
    found = DataDistillation(far, ahead, 0.3).hypergradient(weights, near.initial_params())
    expected = near.hypergradient(weights, near.initial_params())
    assert found.value == pytest.approx(expected.value, rel=1e-8)
    assert relative_error(found.gradient, expected.gradient) < 1e-7


def test_more_samples_than_a_block_are_all_counted():
    train, validation, weights = small_regression(num_train=5000)
    problem = DataDistillation(train, validation, 0.3)
    assert relative_error(problem.fit(weights).params, solution(train, weights, 0.3)) < 1e-11
    found = problem.hypergradient(weights, problem.initial_params()).gradient
    assert relative_error(found, autograd(weights, train, validation, 0.3)) < 1e-10


def test_verbs_are_pure_and_agree():
    train, validation, weights = small_regression()
    problem = DataDistillation(train, validation, 0.3)
    start = problem.initial_params()
    assert start.shape == (2, 5)
    assert (problem.num_hyper, problem.num_lower_steps) == (30, 1)
    before = weights.clone()
    first = problem.hypergradient(weights, start)
    values, params = problem.evaluate(torch.stack([weights, weights / 2]), start)
    assert values[0].item() == first.value
    assert torch.equal(params[0], first.params)
    assert torch.equal(problem.hypergradient(weights, params[1]).gradient, first.gradient)
    expected = validation_loss(params[0], validation)
    assert problem.upper_values(torch.stack([weights] * 3), params[0]).tolist() == pytest.approx(
        [expected.item()] * 3, rel=1e-14
    )
    assert torch.equal(weights, before)
    estimate = ExactHypergradient().estimate(problem, Point(weights, start), torch.Generator())
    assert torch.equal(estimate.gradient, first.gradient)


def test_metrics_are_half_the_mean_square_and_its_root():
    params = torch.tensor([[2.0, 1.0], [0.0, -1.0]], dtype=torch.float64)
    known = RegressionSamples(torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0, 0.0], [5.0, 1.0]]))
    found = regression_metrics(params, known)  # residuals (3, -1) and (0, -2)
    assert found.loss == pytest.approx(14 / 4)
    assert found.rmse == pytest.approx(math.sqrt(14 / 2))


# With the method.


def shifted(seed):
    """A problem in which every second of 40 training samples has a target that is 30 too large."""
    train, validation, _ = small_regression(num_targets=1, num_train=40, seed=seed)
    wrong = torch.arange(40) % 2 == 0
    train.targets[wrong] += 30
    return DataDistillation(train, validation, 0.1), wrong


def relaxed_and_penalized(problem, solver):
    method = RelaxAndPenalize(ExactHypergradient(), solver, GeometricDecay(1e4, 0.2), 50)
    return list(until_binary(iterate(method, problem), 50, 12, 1e-2))


@pytest.mark.parametrize("seed", range(4))
def test_frank_wolfe_with_a_penalty_chooses_the_good_samples(seed):
    problem, wrong = shifted(seed)
    solver = FrankWolfe(BudgetedBox(40, 20), HarmonicStepSize(), Constant(1.0))
    last = relaxed_and_penalized(problem, solver)[-1]
    assert fractionality(last.next_theta) < 1e-2
    assert torch.equal(round_at_half(last.next_theta), (~wrong).double())


@pytest.mark.parametrize("seed", range(4))
def test_projected_gradient_with_a_penalty_chooses_mostly_good_samples_on_the_budget(seed):
    """At random 10 of the 20 would be bad; it ends at a vertex with few, not always with none."""
    problem, wrong = shifted(seed)
    iterates = relaxed_and_penalized(
        problem, ProjectedGradient(BudgetedBox(40, 20), Constant(0.05))
    )
    for each in iterates:
        assert each.next_theta.sum().item() == pytest.approx(20, abs=1e-12)
        assert bool(((each.next_theta >= 0) & (each.next_theta <= 1)).all())
    assert fractionality(iterates[-1].next_theta) < 1e-2
    assert round_at_half(iterates[-1].next_theta)[wrong].sum() <= 3


def test_short_projected_steps_never_raise_the_value():
    problem, _ = shifted(0)
    solver = ProjectedGradient(BudgetedBox(40, 20), Constant(1e-3))
    method = RelaxAndPenalize(ExactHypergradient(), solver, Constant(math.inf), 100)
    values = [each.estimate.value for each in islice(iterate(method, problem), 100)]
    assert all(after <= before for before, after in pairwise(values))
    assert values[-1] < 0.9 * values[0]


# What is refused.


def test_entries_that_are_not_finite_are_refused():
    train, validation, _ = small_regression()
    train.features[7, 2] = float("nan")
    with pytest.raises(ValueError, match=r"training samples .* not finite in 1 rows.* row 7 "):
        DataDistillation(train, validation, 0.3)
    good, _, _ = small_regression()
    validation.targets[5:9] = float("inf")
    with pytest.raises(ValueError, match=r"validation samples .* not finite in 4 rows.* row 5 "):
        DataDistillation(good, validation, 0.3)


def test_designs_that_do_not_determine_the_slopes_need_a_ridge():
    train, validation, weights = small_regression()
    constant, dependent = train.features.clone(), train.features.clone()
    constant[:, 1] = 0.1
    dependent[:, 3] = dependent[:, 0] - 2 * dependent[:, 2] + 1
    for features in (constant, dependent, train.features[:, [0, 0, 1, 2]]):
        with pytest.raises(ValueError, match=r"do not determine 4 slopes.* a positive ridge"):
            DataDistillation(train._replace(features=features), validation, 0.0)
        problem = DataDistillation(train._replace(features=features), validation, 1e-3)
        assert problem.fit(weights).params.isfinite().all()
    few = torch.zeros_like(weights)
    few[:4] = 1  # with the bias there are five unknowns
    with pytest.raises(ValueError, match="4 samples of weight other than 0 do not determine 4"):
        DataDistillation(train, validation, 0.0).fit(few)


def test_shapes_that_do_not_fit_are_refused():
    train, validation, _ = small_regression()
    with pytest.raises(ValueError, match=r"same numbers of features and targets.*\(3, 2\).*\(4, 2"):
        DataDistillation(train._replace(features=train.features[:, :3]), validation, 0.3)
    with pytest.raises(ValueError, match=r"got \(4, 1\) and \(4, 2\)"):
        DataDistillation(train._replace(targets=train.targets[:, :1]), validation, 0.3)
    with pytest.raises(
        ValueError, match=r"training samples need features .* \(30, 4\) and \(29, 2"
    ):
        DataDistillation(train._replace(targets=train.targets[1:]), validation, 0.3)
    with pytest.raises(ValueError, match=r"validation samples need .* \(17, 4\) and \(17,\)"):
        DataDistillation(train, validation._replace(targets=validation.targets[:, 0]), 0.3)


@pytest.mark.parametrize("bad", [[0.0] * 30, [float("nan")] * 30, [1.0] * 29, [-1.0] * 30])
def test_weights_without_a_mean_are_refused(bad):
    train, validation, _ = small_regression()
    problem = DataDistillation(train, validation, 0.3)
    with pytest.raises(ValueError, match="need 30 finite weights with a positive sum; got shape"):
        problem.fit(torch.tensor(bad, dtype=torch.float64))


@pytest.mark.parametrize("ridge", [-1.0, float("nan"), float("inf")])
def test_ridges_that_are_none_are_refused(ridge):
    train, validation, _ = small_regression()
    with pytest.raises(ValueError, match="ridge must be a finite number of at least 0"):
        DataDistillation(train, validation, ridge)
