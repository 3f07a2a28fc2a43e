"""The machine that adds in another order, and the bounds that hold whatever the order."""

import pytest
import torch

import variants
from other_machine import OtherOrder
from rounding import apart, gamma

SHAPES = [((7, 300), (300, 5)), ((3, 4, 50), (3, 50, 2)), ((40, 600), (600,)), ((900,), (900,))]


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shapes", SHAPES)
def test_products_are_other_numbers_within_the_bound(shapes):
    a, b = normal(*shapes[0]), normal(*shapes[1], seed=1)
    with OtherOrder():
        found, again = a @ b, a @ b
    assert torch.equal(found, again)
    assert not torch.equal(found, a @ b) or found.ndim == 0
    assert bool(((found - a @ b).abs() <= apart(a, b)).all())


def test_sums_are_other_numbers_within_the_bound():
    terms = normal(20, 3000)
    with OtherOrder():
        whole, rows, means = terms.sum(), terms.sum(1), terms.mean(dim=1)
    plain, size = terms.sum(1), terms.abs().sum(1)
    assert not torch.equal(rows, plain)
    assert bool(((rows - plain).abs() <= 2 * gamma(3000) * size).all())
    assert bool(((means - plain / 3000).abs() <= 2 * gamma(3001) * size / 3000).all())
    assert abs(whole - plain.sum()) <= 2 * gamma(60_000) * size.sum()


def test_what_is_exact_stays_exact():
    whole = torch.arange(600.0).reshape(20, 30).double() / 8
    with OtherOrder():
        found = (whole @ whole.T, whole.sum(), whole.mean(0), torch.zeros(4).exp())
    assert all(
        torch.equal(one, other)
        for one, other in zip(
            found, (whole @ whole.T, whole.sum(), whole.mean(0), torch.ones(4)), strict=True
        )
    )


def test_an_unknown_variant_is_refused(capsys):
    assert variants.main(["avx3"]) == 2
    assert "no variant is called 'avx3'; give some of compatible, " in capsys.readouterr().out
