"""Laws of directions, guided directions and control variates, each against a closed form."""

import math
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from analytic import Quadratic, linear, random_quadratic
from relaxpen.method.directional import Differences, GuidedDirections, quantile_bins
from relaxpen.method.directions import LAWS, Antithetic, Gaussian, Orthogonal
from relaxpen.method.estimators import GradientEstimate, Point, RandomDirections
from relaxpen.method.schedules import Constant
from rounding import apart

pytestmark = pytest.mark.numerics

SMALL = Constant(1e-3)


@dataclass(frozen=True)
class WithLosses(Quadratic):
    """A quadratic whose samples have given losses."""

    losses: Tensor

    def sample_losses(self, params):
        return self.losses[None]


@dataclass(frozen=True)
class Given:
    """A law that draws given directions."""

    z: Tensor

    def draw(self, num_directions, num_hyper, generator):
        return self.z[:num_directions]


@dataclass(frozen=True)
class Known:
    """An estimator that answers with a given gradient."""

    gradient: Tensor

    def estimate(self, problem, point, directions):
        values, params = problem.evaluate(point.theta[None], point.start, point.batches)
        return GradientEstimate(self.gradient, values[0].item(), params[0], 1, 1, 3)


def estimate(estimator, problem, seed=0):
    theta = torch.full((problem.num_hyper,), 0.4, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    return estimator.estimate(problem, Point(theta, problem.initial_params()), generator)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_every_law_has_second_moment_one(law):
    z = torch.cat([law.draw(4, 5, torch.Generator().manual_seed(i)) for i in range(5000)])
    assert z.shape == (20_000, 5)
    assert z.dtype == torch.float64
    moment = z.T @ z / len(z)
    assert torch.allclose(moment, torch.eye(5).double(), atol=0.05)


def test_lengths_and_angles():
    generator = torch.Generator().manual_seed(0)
    assert torch.allclose(
        LAWS["sphere"].draw(3, 8, generator).norm(dim=1).square(), torch.tensor(8.0).double()
    )
    assert set(LAWS["rademacher"].draw(3, 8, generator).abs().unique().tolist()) == {1.0}
    z = Orthogonal().draw(11, 8, generator)
    for block in (z[:8], z[8:]):
        assert torch.allclose(block @ block.T, 8 * torch.eye(len(block)).double(), atol=1e-12)
    pairs = LAWS["antithetic"].draw(6, 8, generator)
    assert torch.equal(pairs[1::2], -pairs[::2])
    with pytest.raises(ValueError, match="5 directions cannot be paired; give an even number"):
        Antithetic(Gaussian()).draw(5, 8, generator)


def test_gaussian_differences_are_random_directions():
    """The one solves at theta alone, the other beside the directions, in products of other shapes."""
    problem, radius = random_quadratic(6, seed=1), 0.1
    ours = estimate(Differences(5, Constant(radius)), problem)
    theirs = estimate(RandomDirections(5, Constant(radius)), problem)
    theta = torch.full((6,), 0.4, dtype=torch.float64)
    z = normal(5, 6)
    bound = problem.rounding(theta + radius * torch.cat([torch.zeros_like(z[:1]), z]))
    assert abs(ours.value - theirs.value) <= bound[0]
    # a slope is wrong by the two values, divided by the radius; then m products are added
    slopes = (bound[1:] + bound[0]) / radius
    added = (z @ problem.gradient(theta)).abs() + radius * (z @ problem.matrix @ z.T).diagonal()
    assert bool(
        ((ours.gradient - theirs.gradient).abs() <= slopes @ z.abs() / 5 + apart(added, z)).all()
    )
    assert ours[3:] == theirs[3:]


def test_pairs_cancel_the_curvature():
    """On a quadratic the forward error (c/2) z'Az z cancels within a pair, at any radius."""
    problem = random_quadratic(5, seed=2)
    law = Antithetic(Gaussian())
    z = law.draw(6, 5, torch.Generator().manual_seed(0))
    found = estimate(Differences(6, Constant(2.0), law), problem).gradient
    slope = problem.gradient(torch.full((5,), 0.4, dtype=torch.float64))
    assert torch.allclose(found, (z @ slope) @ z / 6, rtol=1e-9)


def test_as_many_orthogonal_directions_as_entries_give_the_gradient():
    problem = linear(normal(30))
    found = estimate(Differences(30, SMALL, Orthogonal()), problem).gradient
    assert torch.allclose(found, problem.slope, rtol=1e-8, atol=1e-10)


def test_a_perfect_control_variate_leaves_no_noise():
    problem = linear(normal(50))
    found = estimate(Differences(1, SMALL, base=Known(problem.slope)), problem)
    assert torch.allclose(found.gradient, problem.slope, rtol=1e-7, atol=1e-9)
    assert (found.num_values, found.num_lower_steps) == (2, 6)


@pytest.mark.parametrize("shrink", [False, True])
def test_squared_error_is_that_of_the_remainder(shrink):
    """E|g - grad|^2 = |r|^2 (p + 1) / m, and |r|^2 (p + 1) / (m + p + 1) when shrunk."""
    p, m = 20, 10
    problem = linear(normal(p))
    rest = 0.1 * normal(p, seed=1)
    method = Differences(m, SMALL, base=Known(problem.slope - rest), shrink=shrink)
    found = torch.stack([estimate(method, problem, seed).gradient for seed in range(3000)])
    error = (found - problem.slope).square().sum(1).mean() / rest.square().sum()
    expected = (p + 1) / (m + p + 1) if shrink else (p + 1) / m
    assert error.item() == pytest.approx(expected, rel=0.07)
    if not shrink:
        assert torch.allclose(found.mean(0), problem.slope, atol=0.03)


@pytest.mark.parametrize("base", [None, Known(normal(30, seed=5))], ids=["alone", "controlled"])
def test_estimates_of_growing_numbers_are_those_of_the_first_directions(base):
    problem, counts = random_quadratic(30, seed=4), [1, 3, 8]
    law = Given(normal(8, 30, seed=6))
    several = Differences(99, SMALL, law, base, shrink=base is not None)
    point = Point(torch.full((30,), 0.4, dtype=torch.float64), problem.initial_params())
    for count, found in zip(
        counts, several.estimates(problem, point, torch.Generator(), counts), strict=True
    ):
        alone = estimate(replace(several, num_directions=count), problem)
        assert torch.allclose(found.gradient, alone.gradient, rtol=1e-9, atol=1e-10)
        assert found[1] == alone[1]
        assert found[3:] == alone[3:]
        assert found.num_solves == count + 1


def test_guided_estimates_grow_within_their_span():
    """Beyond as many directions as bins nothing is gained; below, the share of it that is seen."""
    problem, projected, method = guided(60, num_bins=6, num_directions=1)
    point = Point(torch.full((60,), 0.4, dtype=torch.float64), problem.initial_params())
    found = method.estimates(problem, point, torch.Generator().manual_seed(0), [2, 6, 12])
    assert [one.num_solves for one in found] == [3, 7, 13]
    for full in found[1:]:
        assert torch.allclose(full.gradient, projected, rtol=1e-7, atol=1e-9)
    few = [
        method.estimates(problem, point, torch.Generator().manual_seed(seed), [2])[0].gradient
        for seed in range(2000)
    ]
    squares = [(g @ projected / g.norm() / projected.norm()).item() ** 2 for g in few]
    assert sum(squares) / len(squares) == pytest.approx(2 / 6, rel=0.05)


@pytest.mark.parametrize("law", ["gaussian", "sphere", "rademacher"])
def test_the_law_of_random_directions(law):
    """The mean squared cosine is m / (m + p + 1) up to O(1 / p) of it, within four standard errors."""
    p, counts = 300, [1, 10, 100]
    problem = linear(normal(p, seed=7))
    point = Point(torch.full((p,), 0.4, dtype=torch.float64), problem.initial_params())
    method = Differences(1, SMALL, LAWS[law])
    cosines = torch.tensor(
        [
            [
                (one.gradient @ problem.slope / one.gradient.norm() / problem.slope.norm()).item()
                for one in method.estimates(
                    problem, point, torch.Generator().manual_seed(seed), counts
                )
            ]
            for seed in range(400)
        ]
    )
    found, error = cosines.square().mean(0), cosines.square().std(0) / math.sqrt(400)
    expected = torch.tensor([m / (m + p + 1) for m in counts])
    assert bool(((found - expected).abs() < 4 * error + expected * 3 / p).all())


def guided(num_hyper, num_bins, num_directions, seed=0):
    losses = normal(num_hyper, seed=3)
    slope = normal(num_hyper)
    problem = WithLosses(torch.zeros(num_hyper, num_hyper).double(), slope, losses)
    bins = quantile_bins(losses, num_bins)
    means = torch.stack([slope[bins == b].mean() for b in range(num_bins)])
    return problem, means[bins], GuidedDirections(num_directions, num_bins, SMALL)


def test_as_many_guided_directions_as_bins_give_the_mean_of_each_bin():
    problem, projected, method = guided(60, num_bins=7, num_directions=7)
    found = estimate(method, problem)
    assert torch.allclose(found.gradient, projected, rtol=1e-7, atol=1e-9)
    assert (found.num_values, found.num_lower_steps) == (8, 24)


def test_few_guided_directions_are_unbiased_for_it():
    problem, projected, method = guided(60, num_bins=8, num_directions=3)
    found = torch.stack([estimate(method, problem, seed).gradient for seed in range(4000)])
    assert (found.mean(0) - projected).norm() < 0.1 * projected.norm()


def test_guided_directions_move_theta_as_far_as_full_ones():
    problem, _, _ = guided(60, num_bins=8, num_directions=3)
    seen = []

    @dataclass(frozen=True)
    class Watched(WithLosses):
        def evaluate(self, thetas, start, batches):
            seen.append(thetas)
            return super().evaluate(thetas, start, batches)

    watched = Watched(problem.matrix, problem.slope, problem.losses)
    estimate(GuidedDirections(3, 8, Constant(0.1)), watched)
    moved = (seen[1] - seen[0]).norm(dim=1)
    assert torch.allclose(moved, torch.full_like(moved, 0.1 * math.sqrt(60)), rtol=1e-6)


def test_quantile_bins_are_by_rank_and_even():
    losses = torch.tensor([0.3, 9.0, 0.1, 0.2, 0.2, 5.0])
    assert quantile_bins(losses, 3).tolist() == [1, 2, 0, 0, 1, 2]
    assert torch.bincount(quantile_bins(normal(100), 7)).max() == 15
    with pytest.raises(ValueError, match="7 bins for 6 samples"):
        quantile_bins(losses, 7)
