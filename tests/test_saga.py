"""SAGA: unbiased, exact when its memory is, linear where plain stochastic gradients stall."""

import math
from dataclasses import dataclass
from itertools import combinations, islice

import pytest
import torch

from relaxpen.method.estimators import Point
from relaxpen.method.mask_and_number import MaskAndNumber
from relaxpen.method.masks import fractionality
from relaxpen.method.projected_gradient import ProjectedGradient
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.saga import Memory, Saga, TermHypergradients, empty_memories
from relaxpen.method.schedules import Constant, GeometricDecay
from relaxpen.method.simplices import Simplices
from relaxpen.problems.dual_fixed_point import DualFixedPoint
from relaxpen.problems.group_lasso import GroupLasso
from relaxpen.problems.group_lasso_data import GroupLassoSource

pytestmark = pytest.mark.numerics


@dataclass(frozen=True)
class Everywhere:
    """All of space."""

    def project(self, point):
        return point


@dataclass(frozen=True)
class Quadratics:
    """F_t(x) = 1/2 |A_t (x - c_t)|^2 with curvature between 1 and L; w of a term is x itself."""

    roots: torch.Tensor  # (T, p, p)
    centres: torch.Tensor  # (T, p)

    num_lower_steps = 3

    @property
    def num_terms(self):
        return len(self.centres)

    @property
    def largest(self):
        return torch.linalg.matrix_norm(self.roots, 2).square().max().item()

    def initial_params(self):
        return torch.zeros_like(self.centres)

    def draw_batches(self, generator):
        return None

    def gradients(self, x, terms):
        moved = self.roots[terms] @ (x - self.centres[terms])[..., None]
        return (self.roots[terms].mT @ moved)[..., 0]

    def term_hypergradients(self, thetas, terms, starts):
        assert starts.shape == (len(terms), thetas.shape[1])
        gradients = self.gradients(thetas, terms)
        values = (
            (self.roots[terms] @ (thetas - self.centres[terms])[..., None]).square().sum((1, 2))
        )
        return TermHypergradients(gradients, values / 2, thetas.expand(len(terms), -1))

    def gradient(self, x):
        return self.gradients(x, torch.arange(self.num_terms)).mean(dim=0)

    def minimum(self):
        matrices = self.roots.mT @ self.roots
        right = (matrices @ self.centres[..., None]).mean(dim=0)
        return torch.linalg.solve(matrices.mean(dim=0), right)[:, 0]


def quadratics(num_terms=12, num_hyper=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (num_terms, num_hyper, num_hyper)
    spread = 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    centres = torch.randn(num_terms, num_hyper, generator=generator, dtype=torch.float64)
    return Quadratics(torch.eye(num_hyper).double() + spread, centres)


def current(problem, x):
    """A memory that is up to date at x (p,)."""
    terms = torch.arange(problem.num_terms)
    gradients = problem.gradients(x, terms)
    starts = problem.initial_params().unbind()
    return (Memory(starts, gradients.unbind(), gradients.mean(dim=0)),)


def stale(problem, seed=4):
    """A memory of gradients at another point for every term."""
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(problem.centres.shape, generator=generator, dtype=torch.float64)
    gradients = problem.gradients(points, torch.arange(problem.num_terms))
    starts = problem.initial_params().unbind()
    return (Memory(starts, gradients.unbind(), gradients.mean(dim=0)),)


@dataclass(frozen=True)
class Chosen(Saga):
    """SAGA whose draws are given."""

    terms: tuple = ()

    def _draw(self, num_terms, num_runs, generator):
        return [list(self.terms)]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_mean_over_all_draws_is_the_gradient(batch_size):
    problem, x = quadratics(), torch.tensor([0.3, -1.0, 2.0]).double()
    point = Point(x, stale(problem))
    draws = list(combinations(range(problem.num_terms), batch_size))
    found = [
        Chosen(batch_size, terms).estimate(problem, point, torch.Generator()).gradient
        for terms in draws
    ]
    mean = torch.stack(found).mean(dim=0)
    assert torch.allclose(mean, problem.gradient(x), rtol=1e-13)
    assert (found[0] - mean).norm() > 0.01


@pytest.mark.parametrize("batch_size", [1, 5])
def test_draws_are_uniform_and_without_repetition(batch_size):
    rows = Saga(batch_size)._draw(20, 1, generator := torch.Generator().manual_seed(0))
    assert len(rows[0]) == batch_size
    counts = torch.zeros(10)
    for _ in range(1000):
        for row in Saga(batch_size)._draw(20, 2, generator):
            assert len(set(row)) == batch_size
            counts[row] += 1
    expected = 200 * batch_size
    assert (counts - expected).abs().max() < 4 * math.sqrt(expected)


@pytest.mark.parametrize("batch_size", [1, 4, 12])
def test_a_current_memory_gives_the_full_gradient(batch_size):
    problem, x = quadratics(), torch.tensor([0.3, -1.0, 2.0]).double()
    point = Point(x, current(problem, x))
    found = Saga(batch_size).estimate(problem, point, torch.Generator())
    assert torch.allclose(found.gradient, problem.gradient(x), rtol=1e-13)


def test_the_memory_travels_and_its_mean_is_the_mean_of_its_rows():
    problem, x = quadratics(), torch.tensor([0.3, -1.0, 2.0]).double()
    before = stale(problem)
    kept = [row.clone() for row in before[0].gradients]
    found = Saga(4).estimate(problem, Point(x, before), torch.Generator())
    (after,) = found.params
    assert torch.allclose(after.mean, torch.stack(after.gradients).mean(dim=0), rtol=1e-13)
    changed = [i for i, row in enumerate(after.gradients) if row is not before[0].gradients[i]]
    assert len(changed) == 4
    assert all(torch.equal(after.starts[i], x) for i in changed)
    assert all(torch.equal(a, b) for a, b in zip(before[0].gradients, kept, strict=True))
    again = Saga(4).estimate(problem, Point(x, before), torch.Generator())
    assert torch.equal(again.gradient, found.gradient)
    assert (found.num_values, found.num_solves, found.num_upper_gradients) == (4, 4, 4)
    assert found.num_lower_steps == 24


def drive(problem, estimator, theta, start, num_steps, step_size, **more):
    solver = ProjectedGradient(Everywhere(), Constant(step_size))
    method = RelaxAndPenalize(estimator, solver, Constant(math.inf), 100, **more)
    streams = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    return islice(method.iterate(problem, theta, start, *streams), num_steps)


@dataclass(frozen=True)
class Forgetful:
    """SAGA that forgets at every step: plain stochastic gradients."""

    def estimate(self, problem, point, directions):
        empty = empty_memories(problem, point.theta)
        found = Saga().estimate(problem, point._replace(start=empty), directions)
        return found._replace(params=empty)


@dataclass(frozen=True)
class PublishedMean:
    """SAGA with the mean moved by mean(diff), as in the public code, in place of sum(diff) / T."""

    def estimate(self, problem, point, directions):
        found = Saga().estimate(problem, point, directions)
        (old,), (new,) = point.start, found.params
        moved = old.mean + (new.mean - old.mean) * problem.num_terms
        return found._replace(params=(new._replace(mean=moved),))


def distances(problem, estimator, num_steps=1500):
    start = empty_memories(problem, problem.minimum())
    theta, best = torch.zeros_like(problem.minimum()), problem.minimum()
    steps = drive(problem, estimator, theta, start, num_steps, 1 / (3 * problem.largest))
    return [(step.next_theta - best).norm().item() for step in steps]


def test_saga_converges_linearly_where_plain_stochastic_gradients_stall():
    problem = quadratics()
    ours, plain = distances(problem, Saga()), distances(problem, Forgetful())
    # the rate of Defazio et al. (2014), Theorem 1, and a margin of a factor 100 in the constant
    strong = torch.linalg.eigvalsh(problem.roots.mT @ problem.roots).min().item()
    rate = 1 - min(1 / (4 * problem.num_terms), strong / (3 * problem.largest))
    assert all(distance < 100 * rate ** (k / 2) for k, distance in enumerate(ours))
    assert ours[-1] < 1e-10
    assert min(plain[-200:]) > 1e-3


def test_the_published_update_of_the_mean_does_not_get_there():
    problem = quadratics()
    assert not min(distances(problem, PublishedMean())[-200:]) < 1e-3


def test_runs_side_by_side_are_those_of_each_alone():
    """Two runs with terms of their own, driven together, and each with the draws it then had."""
    first, second = quadratics(seed=1), quadratics(seed=2)
    both = Quadratics(*(torch.cat(pair) for pair in zip(parts(first), parts(second), strict=True)))
    theta = torch.tensor([[0.3, -1.0, 2.0], [1.0, 0.0, -1.0]]).double()
    memories, generator = empty_memories(both, theta), torch.Generator().manual_seed(3)
    alone = [(problem, empty_memories(problem, theta[0])) for problem in (first, second)]
    for _ in range(20):
        state = generator.get_state()
        drawn = Saga(2)._draw(24, 2, generator)
        generator.set_state(state)
        found = Saga(2).estimate(both, Point(theta, memories), generator)
        for run, (problem, memory) in enumerate(alone):
            single = Chosen(2, tuple(drawn[run])).estimate(problem, Point(theta[run], memory), None)
            assert torch.allclose(single.gradient, found.gradient[run], rtol=1e-12)
            alone[run] = (problem, single.params)
        memories, theta = found.params, theta - 0.05 * found.gradient


def parts(problem):
    return problem.roots, problem.centres


@pytest.mark.parametrize(("batch_size", "num_runs"), [(13, 1), (7, 2), (1, 5)])
def test_batches_that_do_not_fit_are_refused(batch_size, num_runs):
    with pytest.raises(ValueError, match="must divide by the runs and be enough for a batch"):
        Saga(batch_size)._draw(12, num_runs, torch.Generator())


def test_relax_and_penalize_finds_the_groups_of_a_small_group_lasso():
    """The whole method: SAGA, projections, a number beside the mask, the penalty added outside."""
    source = GroupLassoSource(0.5, num_tasks=30, num_rows=8, num_features=8, num_groups=2)
    data = source.draw(torch.Generator().manual_seed(0))
    problem = GroupLasso(data.train, data.validation, 2, DualFixedPoint(100.0))
    feasible = MaskAndNumber(Simplices(8, 2), 1e-3, 1.0)
    scales = torch.ones(17, dtype=torch.float64)
    scales[-1] = 1e-3
    noise = torch.randn(17, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    theta = feasible.project(0.5 + 0.01 * noise)
    theta[-1] = 0.05
    solver = ProjectedGradient(feasible, Constant(0.5), scales)
    method = RelaxAndPenalize(
        Saga(3), solver, GeometricDecay(1e3, 0.1), 100, feasible.penalty_gradient
    )
    streams = [torch.Generator().manual_seed(seed) for seed in (2, 3)]
    iterates = list(
        islice(method.iterate(problem, theta, empty_memories(problem, theta), *streams), 400)
    )
    last = iterates[-1].next_theta
    found = last[:-1].unflatten(0, (8, 2))
    assert fractionality(found) == 0
    assert any(torch.equal(found, data.groups[:, order]) for order in ([0, 1], [1, 0]))
    values = problem.evaluate(torch.stack([theta, last]), problem.initial_params()).values
    assert values[1] < values[0] / 2
