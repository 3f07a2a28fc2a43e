"""Projection and linear minimization on products of simplices, by brute force and by other solvers."""

from itertools import combinations, product

import pytest
import torch
from scipy.optimize import minimize

from relaxpen.method.simplices import Simplices
from rounding import apart, gamma

pytestmark = pytest.mark.numerics


def random(*shape, seed=0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


def nearest_by_supports(row):
    """The nearest point of the simplex: the best of the projections on all of its faces."""
    size, best = len(row), None
    for count in range(1, size + 1):
        for support in map(list, combinations(range(size), count)):
            candidate = torch.zeros_like(row)
            candidate[support] = row[support] - (row[support].sum() - 1) / count
            if (candidate >= 0).all() and (best is None or distance(candidate, row) < best[0]):
                best = (distance(candidate, row), candidate)
    return best[1]


def distance(a, b):
    return (a - b).norm().item()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_projection_is_the_best_of_all_faces(size, scale):
    point = random(7, size, seed=size, scale=scale)
    found = Simplices(7, size).project(point.flatten()).unflatten(0, (7, size))
    for row, nearest in zip(point, found, strict=True):
        assert torch.allclose(nearest, nearest_by_supports(row), rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_projection_agrees_with_a_quadratic_program(seed):
    point = random(2, 4, seed=seed)
    found = Simplices(2, 4).project(point.flatten())
    goal, ones = point.flatten().numpy(), [[1.0] * 4 + [0.0] * 4, [0.0] * 4 + [1.0] * 4]
    program = minimize(
        lambda x: ((x - goal) ** 2).sum() / 2,
        [0.25] * 8,
        jac=lambda x: x - goal,
        bounds=[(0, 1)] * 8,
        constraints=[{"type": "eq", "fun": lambda x, a=a: x @ a - 1} for a in ones],
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    assert program.success
    assert torch.allclose(found, torch.from_numpy(program.x), atol=1e-7)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_large_input_satisfies_the_conditions_of_optimality(scale):
    """x - y is one constant where y > 0, and at most that constant where y = 0."""
    point = random(1000, 30, scale=scale)
    found = Simplices(1000, 30).project(point.flatten()).unflatten(0, (1000, 30))
    assert torch.allclose(found.sum(dim=1), torch.ones(1000, dtype=torch.float64), atol=1e-12)
    assert found.min() >= 0
    gap, inside = point - found, found > 0
    largest = gap.masked_fill(~inside, -torch.inf).amax(dim=1)
    least = gap.masked_fill(~inside, torch.inf).amin(dim=1)
    slack = 1e-14 * scale + 1e-14
    assert (largest - least).max() <= slack
    assert (gap.masked_fill(inside, -torch.inf).amax(dim=1) <= least + slack).all()


def test_projection_is_idempotent_and_keeps_what_is_feasible():
    simplices = Simplices(50, 6)
    once = simplices.project(random(300))
    assert torch.allclose(simplices.project(once), once, rtol=0, atol=1e-15)
    interior = torch.full((300,), 1 / 6, dtype=torch.float64)
    # the sum of a row is wrong by gamma_6; the shift of an entry and the entry are rounded after it
    assert torch.allclose(simplices.project(interior), interior, rtol=0, atol=2 * gamma(8) / 6)


def test_binary_rows_stay_exactly_as_they_are():
    simplices = Simplices(40, 5)
    vertex = simplices.minimize(random(200))
    assert torch.equal(simplices.project(vertex), vertex)


def test_a_row_far_away_loses_no_digits():
    row = torch.tensor([1e9 + 0.25, 1e9, 1e9 - 3], dtype=torch.float64)
    assert Simplices(1, 3).project(row).tolist() == [0.625, 0.375, 0.0]


def test_oracle_beats_every_vertex():
    direction = random(3, 4)
    vertices = [
        torch.eye(4, dtype=torch.float64)[list(choice)] for choice in product(range(4), repeat=3)
    ]
    found = Simplices(3, 4).minimize(direction.flatten())
    best = min((vertex * direction).sum() for vertex in vertices)
    assert found @ direction.flatten() - best <= apart(torch.ones(12).double(), direction.flatten())
    assert found.unflatten(0, (3, 4)).sum(dim=1).tolist() == [1, 1, 1]


def test_ties_go_to_the_first():
    assert Simplices(2, 3).minimize(torch.tensor([2.0, 1, 1, 0, 0, 0])).tolist() == [
        0,
        1,
        0,
        1,
        0,
        0,
    ]


def test_several_matrices_at_once_are_each_their_own():
    simplices, points = Simplices(4, 3), random(5, 12)
    for verb in (simplices.project, simplices.minimize):
        assert torch.equal(verb(points), torch.stack([verb(point) for point in points]))


@pytest.mark.parametrize("verb", ["project", "minimize"])
def test_bad_vectors_are_refused(verb):
    with pytest.raises(ValueError, match=r"vectors of 6 entries, not the shape \(7,\)"):
        getattr(Simplices(2, 3), verb)(torch.zeros(7))
    with pytest.raises(ValueError, match="needs finite entries; 2 are not"):
        getattr(Simplices(1, 3), verb)(torch.tensor([float("nan"), 0.0, float("inf")]))


def test_empty_simplices_are_refused():
    with pytest.raises(ValueError, match="at least 1 row of 1 entry, not 3 rows of 0 entries"):
        Simplices(3, 0)
