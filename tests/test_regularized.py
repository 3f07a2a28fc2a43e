"""Selection of regularization: derivatives against autograd, solutions by brute force, every peer."""

import pytest
import torch
from torch.nn.functional import softplus

from relaxpen.method.first_order import Draws, PowerDecay
from relaxpen.method.peers.amigo import Amigo
from relaxpen.method.peers.f2sa import F2sa
from relaxpen.method.peers.f2sa_adam import F2saAdam
from relaxpen.method.peers.implicit_cg import ImplicitCg
from relaxpen.method.peers.reverse_mode import ReverseMode
from relaxpen.method.peers.saba import Saba
from relaxpen.method.peers.soba import Soba
from relaxpen.method.peers.stocbio import StocBio
from relaxpen.problems.metrics import model_metrics
from relaxpen.problems.regularized import RegularizationSelection, as_classes
from relaxpen.problems.samples import Samples

pytestmark = pytest.mark.numerics

ROWS = [slice(None), slice(3, 11)]


def samples(num_samples, num_features, seed, informative=2):
    """Features of which the first few carry the label, with noise; the others carry nothing."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(num_samples, num_features, generator=generator, dtype=torch.float64)
    score = 1.5 * features[:, :informative].sum(dim=1)
    noise = torch.randn(num_samples, generator=generator, dtype=torch.float64)
    return Samples(features, (score + noise > 0).long())


def problem(num_features=4, num_train=40, num_validation=60):
    return RegularizationSelection(
        samples(num_train, num_features, 0), samples(num_validation, num_features, 1)
    )


def points(num_features=4):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(3, num_features, generator=generator, dtype=torch.float64).unbind()


def loss(data, y, rows=slice(None)):
    signs = 2 * data.labels[rows].double() - 1
    return softplus(-signs * (data.features[rows] @ y)).mean()


@pytest.mark.parametrize("rows", ROWS)
def test_derivatives_are_those_of_autograd(rows):
    found, (x, y, v) = problem(), points()
    x_, y_ = x.clone().requires_grad_(), y.clone().requires_grad_()
    g = loss(samples(40, 4, 0), y_, rows) + (x_.exp() * y_.square()).sum() / 2
    g_x, g_y = torch.autograd.grad(g, (x_, y_), create_graph=True)
    cross, hessian = torch.autograd.grad((g_y * v).sum(), (x_, y_))
    products = found.lower_products(x, y, v, rows)
    second = found.lower_curvature(x, y, v, rows)
    for ours, theirs in [
        (found.lower_gradient(x, y, rows), g_y),
        (found.lower_hyper_gradient(x, y, rows), g_x),
        (products.gradient, g_y),
        (products.hessian, hessian),
        (products.cross, cross),
        (second.hessian, hessian),
        (second.cross, cross),
    ]:
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rows", ROWS)
def test_upper_gradient_is_that_of_autograd(rows):
    x, y, _ = points()
    y_ = y.clone().requires_grad_()
    loss(samples(60, 4, 1), y_, rows).backward()
    above = problem().upper_gradients(x, y, rows)
    assert torch.allclose(above.params, y_.grad, rtol=1e-12)
    assert not above.hyper.any()


def test_the_solution_for_one_repeated_sample_solves_its_equation():
    """Every sample a = 1 with label 1: y exp(x) = 1 / (1 + e^y), so y = 1 at exp(x) = 1 / (1 + e)."""
    one = Samples(torch.ones(3, 1, dtype=torch.float64), torch.ones(3, dtype=torch.int64))
    found = RegularizationSelection(one, one)
    e = torch.tensor([1.0], dtype=torch.float64).exp()
    value, solution = found.value_function((1 / (1 + e)).log())
    assert solution.item() == pytest.approx(1.0, abs=1e-9)
    assert value == pytest.approx((1 + 1 / e).log().item(), abs=1e-9)


@pytest.mark.parametrize("level", [-12.0, 0.0, 12.0])
@pytest.mark.parametrize("far", [0.0, 50.0])
def test_the_solution_is_one_at_the_bounds_and_from_far_away(level, far):
    found = problem()
    x = torch.full((4,), level, dtype=torch.float64)
    solution = found.lower_solution(x, torch.full_like(x, far))
    assert found.lower_gradient(x, solution, slice(None)).abs().max() <= 1e-10


def test_the_projection_keeps_coefficients_finite():
    x = torch.tensor([-1e9, 0.5, 1e9], dtype=torch.float64)
    assert torch.equal(problem().project(x), torch.tensor([-12.0, 0.5, 12.0]).double())
    assert torch.allclose(problem().initial_hyper(0.5).exp(), torch.full((4,), 0.5).double())


def test_a_softmax_of_two_classes_has_the_same_loss():
    _, y, _ = points()
    data = samples(60, 4, 1)
    assert model_metrics(as_classes(y), data).loss == pytest.approx(loss(data, y).item())


def test_other_labels_are_refused():
    data = samples(5, 4, 0)
    minus = Samples(data.features, 2 * data.labels - 1)
    with pytest.raises(ValueError, match=r"needs labels 0 and 1, not \[-1, 1\]"):
        RegularizationSelection(minus, data)


def hypergradient(found, x):
    """By the implicit function theorem, with dense matrices."""
    y = found.lower_solution(x)
    eye = torch.eye(len(x), dtype=torch.float64)
    columns = [found.lower_products(x, y, row, slice(None)) for row in eye]
    hessian = torch.stack([column.hessian for column in columns])
    cross = torch.stack([column.cross for column in columns], dim=1)
    above = found.upper_gradients(x, y, slice(None)).params
    return -cross @ torch.linalg.solve(hessian, above)


def test_the_hypergradient_is_the_slope_of_the_value_function():
    found, (x, _, _) = problem(), points()
    slope, h = hypergradient(found, x), 1e-4
    for j in range(4):
        step = h * torch.eye(4, dtype=torch.float64)[j]
        difference = found.value_function(x + step)[0] - found.value_function(x - step)[0]
        assert slope[j].item() == pytest.approx(difference / (2 * h), abs=1e-7)


def peers(found):
    """Every method, with steps that suit this problem, and how many."""
    draws, constant, decayed = Draws.of(found, 20), PowerDecay(0.1), PowerDecay(0.3, 0.5)
    outer = PowerDecay(3.0, 0.5)
    # f + lambda g is about lambda times as steep as g
    f2sa = {"draws": draws, "num_inner": 10, "multiplier": 1.0, "growth": PowerDecay(0.05)}
    slow = PowerDecay(0.03, 0.5)
    adam = {"outer": PowerDecay(0.1, 0.5), "beta_1": 0.9, "beta_2": 0.99}
    return {
        "soba": (Soba(draws, constant, PowerDecay(0.3)), 2000),
        "saba": (Saba(draws, constant, PowerDecay(0.3)), 2000),
        "stocbio": (StocBio(draws, decayed, outer, 10, 30, 0.3), 600),
        "amigo": (Amigo(draws, decayed, outer, 10), 1000),
        "reverse_mode": (ReverseMode(0.3, PowerDecay(3.0), 20), 250),
        "implicit_cg": (ImplicitCg(0.3, PowerDecay(3.0), 20, 10), 250),
        "f2sa": (
            F2sa(plain=PowerDecay(0.3), pulled=PowerDecay(0.3, 0.7), outer=outer, **f2sa),
            1000,
        ),
        "f2sa_adam": (F2saAdam(plain=slow, pulled=slow, **f2sa, **adam), 1000),
    }


@pytest.fixture(scope="module")
def least():
    """The least value function, by gradient descent with exact hypergradients."""
    found = problem(6)
    x = found.initial_hyper(1.0)
    for _ in range(500):
        x = found.project(x - 20 * hypergradient(found, x))
    return found.value_function(x)[0]


@pytest.mark.parametrize("name", peers(problem(6)))
def test_every_method_comes_near_the_optimum(name, least):
    found = problem(6)
    start = found.initial_hyper(1.0)
    (method, num_steps), generator = peers(found)[name], torch.Generator().manual_seed(0)
    state = method.init(found, start, found.initial_params())
    for k in range(num_steps):
        state = method.step(found, state, k, generator)
    begun, ended = found.value_function(start)[0], found.value_function(state.hyper)[0]
    assert ended - least < 0.1 * (begun - least)
