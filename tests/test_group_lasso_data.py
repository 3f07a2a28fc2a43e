"""Synthetic tasks of the group lasso: what is random and what is not."""

import pytest
import torch

from relaxpen.problems.group_lasso_data import GroupLassoSource, group_sizes

pytestmark = pytest.mark.numerics


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("sizes", ["inequal", "random"])
@pytest.mark.parametrize("smallest", [0.1, 0.5])
def test_coefficients_fill_one_group_of_each_task(sizes, smallest):
    data = GroupLassoSource(smallest, sizes, num_tasks=60).draw(generator())
    assert data.groups.sum(dim=1).unique().tolist() == [1]
    assert data.groups.sum() == 100
    active = (data.coefficients.abs() @ data.groups) > 0
    assert active.sum(dim=1).unique().tolist() == [1]
    sizes_of_active = active.double() @ data.groups.sum(dim=0)
    assert torch.equal((data.coefficients != 0).sum(dim=1).double(), sizes_of_active)
    entries = data.coefficients[data.coefficients != 0]
    assert smallest <= entries.abs().min() < smallest + 0.05
    assert 0.95 < entries.abs().max() <= 1
    assert 0.4 < (entries > 0).double().mean() < 0.6


def test_sizes_are_the_published_ones():
    assert group_sizes("inequal", 100, 10, generator()).tolist() == [5] * 5 + [15] * 5
    for seed in range(30):
        sizes = group_sizes("random", 100, 10, generator(seed))
        assert sizes.sum() == 100
        assert sizes.min() >= 1


def test_columns_have_norm_one_in_every_part_and_parts_differ():
    data = GroupLassoSource(0.3, num_tasks=5).draw(generator())
    parts = [data.train, data.validation, data.test]
    for part in parts:
        norms = part.designs.norm(dim=1)
        assert torch.allclose(norms, torch.ones_like(norms), rtol=1e-14)
    assert not torch.allclose(parts[0].designs, parts[1].designs)


@pytest.mark.parametrize("noise", ["relative", "absolute"])
def test_noise_has_the_spread_of_its_setting(noise):
    data = GroupLassoSource(0.1, noise=noise, num_tasks=400).draw(generator())
    means = (data.test.designs @ data.coefficients[:, :, None])[..., 0]
    left = data.test.responses - means
    scale = 0.2 * means.std(dim=1, keepdim=True) if noise == "relative" else 0.2**0.5
    # 8000 normal numbers: the deviation of their standard deviation is 0.8 %
    assert (left / scale).std().item() == pytest.approx(1, abs=0.03)


def test_the_generator_alone_decides():
    source = GroupLassoSource(0.2, "random", num_tasks=3)
    first, again, other = (source.draw(generator(seed)) for seed in (4, 4, 5))
    assert torch.equal(first.train.responses, again.train.responses)
    assert not torch.equal(first.train.responses, other.train.responses)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"smallest": 0.0}, "0 < a <= 1"),
        ({"smallest": 0.1, "sizes": "unequal"}, "unknown sizes 'unequal'"),
        ({"smallest": 0.1, "noise": "none"}, "unknown noise 'none'"),
        ({"smallest": 0.1, "num_features": 5}, "5 features cannot fill 10 groups"),
        ({"smallest": 0.1, "num_tasks": 0}, "at least 1 task"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        GroupLassoSource(**settings)


@pytest.mark.parametrize(("features", "groups"), [(90, 10), (100, 5)])
def test_sizes_that_cannot_be_split_are_refused(features, groups):
    source = GroupLassoSource(0.1, num_features=features, num_groups=groups)
    with pytest.raises(ValueError, match=f"not {groups} groups of {features} features"):
        source.draw(generator())
