"""The derivatives of weighted cleaning, against autograd; its laws of weights."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from conftest import small_instance, small_settings
from relaxpen.experiment.build import build_problem
from relaxpen.method.first_order import Draws, PowerDecay
from relaxpen.method.peers.f2sa import F2sa
from relaxpen.method.peers.f2sa_adam import F2saAdam
from relaxpen.method.peers.reverse_mode import ReverseMode
from relaxpen.problems.weighted import Clipped, Sigmoid, WeightedCleaning

pytestmark = pytest.mark.numerics

RIDGE = 0.02
LAWS = {"sigmoid": Sigmoid(), "clipped": Clipped()}
ROWS = [slice(None), slice(5, 17)]


@pytest.fixture
def instance():
    return small_instance(small_settings())


def weighted(instance, law):
    return WeightedCleaning(instance.train, instance.validation, 2, RIDGE, law)


def points(instance, law, seed=0):
    generator = torch.Generator().manual_seed(seed)
    width = instance.train.features.shape[1]
    y, v = torch.randn(2, 2, width, generator=generator, dtype=torch.float64)
    x = torch.rand(40, generator=generator, dtype=torch.float64)
    return (law.project(3 * x - 1.5) if isinstance(law, Sigmoid) else x), y, v


def objective(instance, law, rows):
    features, labels = instance.train.features[rows], instance.train.labels[rows]

    def g(x, y):
        losses = cross_entropy(features @ y.T, labels, reduction="none")
        return (law.weight(x)[rows] * losses).mean() + RIDGE * y.square().sum()

    return g


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_derivatives_are_those_of_autograd(instance, law, rows):
    problem, (x, y, v) = weighted(instance, law), points(instance, law)
    g = objective(instance, law, rows)
    x_, y_ = x.clone().requires_grad_(), y.clone().requires_grad_()
    g_x, g_y = torch.autograd.grad(g(x_, y_), (x_, y_), create_graph=True)
    cross, hessian = torch.autograd.grad((g_y * v).sum(), (x_, y_))
    found = problem.lower_products(x, y, v, rows)
    second = problem.lower_curvature(x, y, v, rows)
    for ours, theirs in [
        (problem.lower_gradient(x, y, rows), g_y),
        (problem.lower_hyper_gradient(x, y, rows), g_x),
        (found.gradient, g_y),
        (found.hessian, hessian),
        (found.cross, cross),
        (second.hessian, hessian),
        (second.cross, cross),
    ]:
        assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_upper_gradient_is_that_of_autograd(instance):
    problem, (x, y, _) = weighted(instance, Sigmoid()), points(instance, Sigmoid())
    rows = slice(3, 20)
    y_ = y.clone().requires_grad_()
    features, labels = instance.validation.features[rows], instance.validation.labels[rows]
    cross_entropy(features @ y_.T, labels).backward()
    found = problem.upper_gradients(x, y, rows)
    assert torch.allclose(found.params, y_.grad, rtol=1e-10)
    assert not found.hyper.any()


def test_reverse_mode_is_the_hypergradient_of_the_solver():
    settings = small_settings(lower__ridge=RIDGE)
    instance = small_instance(settings)
    theirs = build_problem(settings, instance)
    problem = weighted(instance, Clipped())
    method = ReverseMode(settings.lower.step_size, PowerDecay(1.0), settings.lower.num_steps)
    x = problem.initial_hyper(0.5)
    slope, params = method.hypergradient(problem, x, problem.initial_params())
    expected = theirs.hypergradient(x, theirs.initial_params(), None)
    assert torch.allclose(slope, expected.gradient, rtol=1e-10, atol=1e-14)
    assert torch.allclose(params, expected.params, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_laws_of_weights(law):
    x = torch.linspace(0.05, 0.95, 7, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(law.weight(x).sum(), x)
    assert torch.allclose(law.slope(x.detach()), slope)
    assert law.weight(torch.tensor(law.position(0.3))).item() == pytest.approx(0.3)
    assert (
        (law.weight(law.project(5 * x - 2)) >= 0) & (law.weight(law.project(5 * x - 2)) <= 1)
    ).all()


def step_on_x(instance, method, paired, **more):
    """The step on x of F2SA with multiplier 2, batches of 5 and sequences that stand apart."""
    problem, (x, y, v) = weighted(instance, Sigmoid()), points(instance, Sigmoid())
    still, one = PowerDecay(0.0), PowerDecay(1.0)
    steps = {"plain": still, "pulled": still, "outer": one, "growth": still}
    draws = Draws.of(problem, 5)
    made = method(draws, num_inner=1, multiplier=2.0, paired=paired, **steps, **more)
    state = made.init(problem, x, y)._replace(pulled=v)
    ended = made.step(problem, state, 0, torch.Generator().manual_seed(3))
    return problem, (x, y, v), x - ended.hyper


def batches(moved):
    return (torch.nonzero(moved)[:, 0] // 5).unique()


def test_only_on_one_batch_are_the_two_sequences_compared(instance):
    """On two batches a weight is moved by a whole loss; on one, by the difference of two losses."""
    problem, (x, y, v), moved = step_on_x(instance, F2sa, paired=True)
    (batch,) = batches(moved)
    rows = slice(5 * batch, 5 * batch + 5)
    pulled, plain = (problem.lower_hyper_gradient(x, at, rows) for at in (v, y))
    assert torch.allclose(moved, 2 * (pulled - plain), rtol=1e-12)
    *_, apart = step_on_x(instance, F2sa, paired=False)
    assert len(batches(apart)) == 2


@pytest.mark.parametrize(("paired", "num_batches"), [(True, 1), (False, 2)])
def test_with_adam_too_one_batch_moves_or_two_do(instance, paired, num_batches):
    *_, moved = step_on_x(instance, F2saAdam, paired, beta_1=0.9, beta_2=0.99)
    assert len(batches(moved)) == num_batches
