import pytest
import torch

from analytic import all_vertices
from relaxpen.method import penalty
from relaxpen.method.masks import fractionality, round_at_half, round_to_budget
from relaxpen.method.oracles import UnitBox
from rounding import apart

pytestmark = pytest.mark.numerics


@pytest.mark.parametrize("seed", range(20))
def test_box_oracle_beats_every_vertex(seed):
    direction = torch.randn(5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    best = (all_vertices(5) @ direction).min()
    assert UnitBox().minimize(direction) @ direction - best <= apart(
        torch.ones(5).double(), direction
    )


def test_box_oracle_keeps_at_an_exact_zero():
    direction = torch.tensor([0.0, -0.0, 1e-300, -1e-300], dtype=torch.float64)
    assert UnitBox().minimize(direction).tolist() == [1, 1, 0, 1]


def test_penalty_gradient_is_the_derivative_of_the_penalty():
    theta = torch.rand(6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    theta.requires_grad_()
    ((theta * (1 - theta)).sum() / 0.3).backward()
    assert torch.allclose(penalty.gradient(theta.detach(), 0.3), theta.grad, rtol=1e-14)


def test_penalty_vanishes_at_vertices_only():
    assert penalty.value(torch.tensor([0.0, 1.0]), 1e-9) == 0
    assert penalty.value(torch.tensor([0.0, 0.5]), 2.0) == 0.125


def test_printed_penalty_gradient_is_twice_the_penalty_and_never_negative():
    theta = torch.linspace(0, 1, 11, dtype=torch.float64)
    printed = penalty.gradient_as_printed(theta, 0.5)
    assert torch.allclose(printed, 4 * theta * (1 - theta))
    assert bool((printed >= 0).all())


def test_no_penalty_at_infinite_epsilon():
    assert penalty.gradient(torch.tensor([0.1, 0.9]), float("inf")).tolist() == [0, 0]


def test_fractionality():
    assert fractionality(torch.tensor([0.0, 1.0])) == 0
    assert fractionality(torch.tensor([0.1, 0.8], dtype=torch.float64)) == pytest.approx(0.2)


def test_rounding_at_half_keeps_the_tie():
    assert round_at_half(torch.tensor([0.49, 0.5, 0.51])).tolist() == [0, 1, 1]


def test_rounding_to_the_budget_keeps_the_largest_and_the_mass():
    # eighths: their sum is 2.5 in any order, which rounds to 2
    theta = torch.tensor([0.125, 0.875, 0.375, 0.75, 0.375], dtype=torch.float64)
    assert round_to_budget(theta).tolist() == [0, 1, 0, 1, 0]
    equal = torch.full((5,), 0.6, dtype=torch.float64)
    assert round_to_budget(equal).tolist() == [1, 1, 1, 0, 0]
