import math
from itertools import islice, pairwise

import pytest
import torch

from analytic import all_vertices, iterate, linear, method, random_quadratic
from conftest import small_instance, small_settings
from relaxpen.experiment.build import build_problem
from relaxpen.method.estimators import (
    ExactHypergradient,
    RandomDirections,
)
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.masks import fractionality, round_at_half
from relaxpen.method.oracles import UnitBox
from relaxpen.method.problem import Evaluation
from relaxpen.method.relax_penalize import until_binary
from relaxpen.method.schedules import (
    Constant,
    GeometricDecay,
    HarmonicStepSize,
    SahuAveraging,
)
from rounding import gamma

pytestmark = pytest.mark.numerics


def test_a_step_is_the_printed_formula():
    solver = FrankWolfe(UnitBox(), Constant(0.25), Constant(0.4))
    theta = torch.tensor([0.5, 0.2], dtype=torch.float64)
    state = solver.init(theta)._replace(average=torch.tensor([1.0, -1.0], dtype=torch.float64))
    estimate = torch.tensor([-2.0, 1.0], dtype=torch.float64)
    known = torch.tensor([0.1, 0.3], dtype=torch.float64)
    after = solver.step(state, 0, estimate, known)
    average = 0.6 * state.average + 0.4 * estimate  # (-0.2, -0.2)
    assert torch.allclose(after.average, average)
    # descent (-0.1, 0.1): vertex (1, 0)
    assert torch.allclose(after.theta, 0.75 * theta + 0.25 * torch.tensor([1.0, 0.0]).double())
    assert after.gap == pytest.approx(-0.1 * (0.5 - 1) + 0.1 * 0.2)


def test_frank_wolfe_converges_at_its_known_rate():
    """With exact gradients and gamma = 2/(j+2): F - F* <= 2 L D^2 / (j + 2), and gap >= F - F*."""
    problem = random_quadratic(8, seed=4)
    smoothness = torch.linalg.eigvalsh(problem.matrix).max().item()
    solver = method(ExactHypergradient(), Constant(math.inf), offset=2, steps=10**6)
    steps = list(islice(iterate(solver, problem), 3000))
    best = min(step.estimate.value for step in steps)
    for number, step in enumerate(steps[:500]):
        error = step.estimate.value - best
        if number:
            assert error <= 2 * smoothness * problem.num_hyper / (number + 1) + 1e-12
        assert step.gap >= error - 1e-12
        assert bool(((step.theta >= 0) & (step.theta <= 1)).all())


def test_without_penalty_it_is_plain_frank_wolfe():
    """eps = inf and rho = 1, in lockstep with Frank-Wolfe written out."""
    problem = random_quadratic(6, seed=5)
    theta = torch.full((6,), 0.5, dtype=torch.float64)
    solver = method(ExactHypergradient(), Constant(math.inf), steps=50)
    for number, step in enumerate(islice(iterate(solver, problem), 50)):
        # each step rounds entries of at most 1 four times, and shrinks earlier errors
        assert torch.allclose(step.theta, theta, rtol=0, atol=2 * gamma(4 * number))
        vertex = (problem.gradient(theta) <= 0).double()
        theta = theta + 2 / (number + 8) * (vertex - theta)


def test_many_directions_step_as_the_exact_gradient_does():
    settings = small_settings(upper__steps_per_round=5)
    problem = build_problem(settings, small_instance(settings))
    exact = method(ExactHypergradient(), GeometricDecay(1e5, 0.2), steps=5)
    random = method(RandomDirections(60_000, Constant(1e-4)), GeometricDecay(1e5, 0.2), steps=5)
    pairs = zip(iterate(exact, problem), iterate(random, problem), strict=False)
    for left, right in islice(pairs, 5):
        agree = (left.theta - right.theta).abs() < 1e-9
        assert agree.double().mean() > 0.9


def test_counter_restarts_and_mask_and_average_carry_on():
    problem = linear(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    solver = method(ExactHypergradient(), GeometricDecay(1e5, 0.1), steps=3)
    steps = list(islice(iterate(solver, problem), 7))
    assert [(s.round, s.step) for s in steps] == [(k, j) for k in range(3) for j in range(3)][:7]
    assert [s.epsilon for s in steps[::3]] == pytest.approx([1e5, 1e4, 1e3])
    for before, after in pairwise(steps):
        assert torch.equal(before.next_theta, after.theta)
    distance = (steps[4].theta - steps[3].theta).norm() / (1 - steps[3].theta[0]) / 2**0.5
    assert distance.item() == pytest.approx(2 / 8)


def test_penalty_is_added_not_averaged():
    """One step from theta_0 != 1/2 with a tiny rho: the whole penalty decides the vertex."""
    problem = linear(torch.tensor([1.0], dtype=torch.float64))
    solver = method(ExactHypergradient(), Constant(1e-3), averaging=Constant(1e-9))
    theta = torch.tensor([0.6], dtype=torch.float64)
    streams = [torch.Generator() for _ in range(2)]
    step = next(solver.iterate(problem, theta, problem.initial_params(), *streams))
    assert step.next_theta.item() > 0.6


def test_two_rounds_are_the_printed_loop_step_by_step():
    """Schedules, average, warm start and directions, in lockstep with the loop written out."""
    problem = random_quadratic(5, seed=7)
    starts, points = [], []

    class Spy:
        num_hyper, num_lower_steps = 5, 3
        initial_params, draw_batches = problem.initial_params, problem.draw_batches

        def evaluate(self, thetas, start, batches):
            starts.append(start)
            points.append(thetas)
            # the lower level remembers where it started, so that a wrong start is seen
            return Evaluation(problem.evaluate(thetas, start, None).values, thetas + start)

    def radius(step):
        return 0.1 / (step + 1)

    averaging, step_size, m, steps_per_round = SahuAveraging(5, 4), HarmonicStepSize(), 4, 3
    solver = method(
        RandomDirections(m, radius), GeometricDecay(2.0, 0.5), averaging, steps=steps_per_round
    )
    theta, average = torch.full((5,), 0.5, dtype=torch.float64), torch.zeros(5).double()
    start, generator = problem.initial_params(), torch.Generator().manual_seed(0)
    for number, found in enumerate(islice(iterate(solver, Spy()), 2 * steps_per_round)):
        k, j = divmod(number, steps_per_round)
        z = torch.randn(m, 5, generator=generator, dtype=torch.float64)
        assert torch.equal(starts[-1], start)
        assert torch.allclose(points[-1], torch.cat([theta[None], theta + radius(j) * z]))
        value = problem.evaluate(theta[None], start, None).values[0]
        shifted = problem.evaluate(theta + radius(j) * z, start, None).values
        g = ((shifted - value) / radius(j))[:, None].mul(z).mean(0)
        average = (1 - averaging(j)) * average + averaging(j) * g
        descent = average + (1 - 2 * theta) / (2.0 * 0.5**k)
        vertex = (descent <= 0).double()
        start = theta + start
        assert found.gap == pytest.approx((descent @ (theta - vertex)).item())
        theta = (1 - step_size(j)) * theta + step_size(j) * vertex
        assert torch.allclose(found.next_theta, theta, rtol=0, atol=1e-12)


def test_next_solve_starts_at_this_base_solution():
    starts = []
    problem = random_quadratic(3, seed=6)

    class Spy:
        num_hyper, num_lower_steps = 3, 1
        initial_params, draw_batches = problem.initial_params, problem.draw_batches

        def evaluate(self, thetas, start, batches):
            starts.append((start, thetas[0].clone()))
            return problem.evaluate(thetas, start, batches)

    solver = method(RandomDirections(2, Constant(0.1)), Constant(1.0))
    list(islice(iterate(solver, Spy()), 4))
    for (_, theta), (start, _) in pairwise(starts):
        assert torch.equal(start, theta)  # in this problem w is theta itself


@pytest.mark.parametrize("seed", range(6))
def test_relax_and_penalize_finds_the_best_binary_point(seed):
    """Coupled quadratics in 8 entries with no entry near a tie, against all 256 vertices."""
    problem = random_quadratic(8, seed, curvature=0.05, margin=0.3)
    vertices = all_vertices(8)
    best = vertices[problem.evaluate(vertices, problem.initial_params(), None).values.argmin()]
    for estimator, averaging in [
        (ExactHypergradient(), Constant(1.0)),
        (RandomDirections(64, Constant(1e-3)), SahuAveraging(8, 64)),
    ]:
        solver = method(estimator, GeometricDecay(1e3, 0.2), averaging)
        steps = list(until_binary(iterate(solver, problem), 20, 10, 1e-2))
        assert fractionality(steps[-1].next_theta) < 1e-2
        assert torch.equal(round_at_half(steps[-1].next_theta), best)


def test_until_binary_stops_only_at_the_end_of_a_round_and_at_the_last():
    problem = linear(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    quick = method(ExactHypergradient(), Constant(1.0), offset=2, steps=7)  # a vertex in one step
    assert len(list(until_binary(iterate(quick, problem), 7, 10, 1e-2))) == 7
    # theta after 20 steps is binary to 3e-2, the theta of the last step is not
    edge = list(islice(iterate(method(ExactHypergradient(), Constant(1e9)), problem), 20))[-1]
    between = (fractionality(edge.theta) + fractionality(edge.next_theta)) / 2
    usual = method(ExactHypergradient(), Constant(1e9))
    assert len(list(until_binary(iterate(usual, problem), 20, 10, between))) == 20
    slow = method(ExactHypergradient(), Constant(1.0), steps=2)
    assert len(list(until_binary(iterate(slow, problem), 2, 3, 1e-9))) == 6
