import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from relaxpen.problems import softmax
from relaxpen.problems.hypercleaning import HyperCleaning, LowerLevel
from relaxpen.problems.samples import Samples
from rounding import gamma

pytestmark = pytest.mark.numerics

P, D, CLASSES = 30, 5, 3


def lower(**changes):
    settings = {"num_steps": 4, "step_size": 0.3, "ridge": 1e-2, "batch_size": None, "clip": False}
    return LowerLevel(**settings | changes)


def samples(num_samples, seed, device="cpu"):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(num_samples, D, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, CLASSES, (num_samples,), generator=generator)
    return Samples(features, labels).to(torch.device(device), torch.float64)


def problem(device="cpu", **changes):
    return HyperCleaning(samples(P, 0, device), samples(20, 1, device), CLASSES, lower(**changes))


def masks(batch, device="cpu"):
    generator = torch.Generator().manual_seed(2)
    return torch.rand(batch, P, generator=generator, dtype=torch.float64).to(device)


def warm_start(device="cpu"):
    generator = torch.Generator().manual_seed(3)
    return 0.3 * torch.randn(CLASSES, D, generator=generator, dtype=torch.float64).to(device)


def by_autograd(theta, start, train, validation, settings, batches=None):
    """The same value and parameters, written as plainly as can be, with gradients."""
    params = start.clone().requires_grad_()
    for step in range(settings.num_steps):
        rows = slice(None) if batches is None else batches[step]
        features, labels = train.features[rows], train.labels[rows]
        losses = cross_entropy(features @ params.T, labels, reduction="none")
        value = (theta[rows] * losses).mean() + settings.ridge * params.square().sum()
        (gradient,) = torch.autograd.grad(value, params, create_graph=True)
        params = params - settings.step_size * gradient
    return cross_entropy(validation.features @ params.T, validation.labels), params


@pytest.mark.parametrize("batch_size", [None, 7])
def test_evaluation_is_gradient_descent(device, batch_size):
    ours = problem(device, batch_size=batch_size)
    thetas, start = masks(3, device), warm_start(device)
    batches = ours.draw_batches(torch.Generator().manual_seed(4))
    found = ours.evaluate(thetas, start, batches)
    data = (samples(P, 0, device), samples(20, 1, device), ours.lower, batches)
    for theta, value, params in zip(thetas, *found, strict=True):
        expected, expected_params = by_autograd(theta, start, *data)
        assert value.item() == pytest.approx(expected.item(), rel=1e-12)
        assert torch.allclose(params, expected_params, rtol=0, atol=1e-13)


def with_replacement(generator):
    """Batches in which samples come up twice."""
    return torch.randint(P, (lower().num_steps, 25), generator=generator)


@pytest.mark.parametrize("draw", [None, 7, with_replacement])
def test_hypergradient_is_autograds(device, draw):
    ours = problem(device, batch_size=None if draw is with_replacement else draw)
    theta, start = masks(1, device)[0].requires_grad_(), warm_start(device)
    generator = torch.Generator().manual_seed(4)
    batches = (
        draw(generator).to(device) if draw is with_replacement else ours.draw_batches(generator)
    )
    data = (samples(P, 0, device), samples(20, 1, device), ours.lower, batches)
    value, params = by_autograd(theta, start, *data)
    (expected,) = torch.autograd.grad(value, theta)
    found = ours.hypergradient(theta.detach(), start, batches)
    assert torch.allclose(found.gradient, expected, rtol=1e-10, atol=1e-15)
    assert found.value == pytest.approx(value.item(), rel=1e-12)
    assert torch.allclose(found.params, params, rtol=0, atol=1e-13)


def test_hypergradient_is_the_limit_of_differences():
    ours, start, theta = problem(), warm_start(), masks(1)[0]
    step = 1e-6
    shifts = step * torch.eye(P, dtype=torch.float64)
    above = ours.evaluate(theta + shifts, start).values
    below = ours.evaluate(theta - shifts, start).values
    found = ours.hypergradient(theta, start).gradient
    assert torch.allclose(found, (above - below) / (2 * step), rtol=1e-5, atol=1e-9)


def test_a_batch_is_a_loop(device):
    ours, thetas, start = problem(device), masks(5, device), warm_start(device)
    together = ours.evaluate(thetas, start)
    for row, theta in enumerate(thetas):
        alone = ours.evaluate(theta[None], start)
        assert together.values[row].item() == pytest.approx(alone.values[0].item(), rel=1e-13)
        assert torch.allclose(together.params[row], alone.params[0], rtol=0, atol=1e-13)


def test_an_evaluation_remembers_nothing():
    ours, thetas, start = problem(), masks(4), warm_start()
    before = start.clone()
    first = ours.evaluate(thetas, start)
    ours.evaluate(1 - thetas, start + 1)
    ours.hypergradient(thetas[0], start)
    again = ours.evaluate(thetas, start)
    assert torch.equal(first.values, again.values)
    assert torch.equal(first.params, again.params)
    assert torch.equal(start, before)


def test_a_sample_of_weight_zero_has_no_influence():
    train, theta = samples(P, 0), masks(1)[0]
    theta[3] = 0
    changed = Samples(train.features.clone(), train.labels.clone())
    changed.features[3] *= -7
    changed.labels[3] = (changed.labels[3] + 1) % CLASSES
    values = [
        HyperCleaning(data, samples(20, 1), CLASSES, lower()).evaluate(theta[None], warm_start())
        for data in (train, changed)
    ]
    assert torch.equal(values[0].params, values[1].params)


def test_columns_that_are_always_zero_change_nothing():
    train, validation = samples(P, 0), samples(20, 1)
    empty = torch.zeros(P, 2, dtype=torch.float64)
    full = torch.randn(20, 2, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    wide = HyperCleaning(
        Samples(torch.cat([empty, train.features], 1), train.labels),
        Samples(torch.cat([full, validation.features], 1), validation.labels),
        CLASSES,
        lower(),
    )
    narrow = HyperCleaning(train, validation, CLASSES, lower())
    thetas = masks(3)
    assert wide.columns.tolist() == [False, False, *[True] * D]
    results = [each.evaluate(thetas, each.initial_params()) for each in (wide, narrow)]
    assert torch.equal(results[0].values, results[1].values)


def test_memory_is_bounded_by_taking_samples_in_pieces(monkeypatch):
    ours, thetas, start = problem(), masks(4), warm_start()
    whole = ours.evaluate(thetas, start)
    monkeypatch.setattr(softmax, "MAX_LOGITS", 50)  # four samples at a time
    pieces = ours.evaluate(thetas, start)
    assert torch.allclose(whole.values, pieces.values, rtol=1e-13)
    assert torch.allclose(whole.params, pieces.params, rtol=0, atol=1e-13)


def test_batches_are_the_same_for_all_rows_and_without_repetition():
    ours = problem(batch_size=7)
    batches = ours.draw_batches(torch.Generator().manual_seed(4))
    assert batches.shape == (4, 7)
    assert all(len(set(rows.tolist())) == 7 for rows in batches)
    theta = masks(1)[0]
    values = ours.evaluate(torch.stack([theta, theta]), warm_start(), batches).values
    # rows of one product may be added in other orders: 4 steps of sums over 7 and 5, then 20 and 5
    assert values[0].item() == pytest.approx(values[1].item(), rel=2 * gamma(73), abs=0)
    assert problem().draw_batches(torch.Generator()) is None


def test_clip_halves_the_slope_of_random_directions_at_a_vertex():
    """The measured effect of the thesis' Clip: at theta = 1 only inward moves are felt."""
    free, clipped = problem(), problem(clip=True)
    theta = torch.ones(P, dtype=torch.float64)
    z = torch.randn(4000, P, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    gradient = free.hypergradient(theta, warm_start()).gradient
    found = []
    for ours in (free, clipped):
        values = ours.evaluate(torch.cat([theta[None], theta + 1e-4 * z]), warm_start()).values
        estimate = (values[1:] - values[0]) / 1e-4 @ z / len(z)
        found.append((estimate @ gradient / gradient.square().sum()).item())
    assert found[0] == pytest.approx(1, abs=0.1)
    assert found[1] == pytest.approx(0.5, abs=0.1)


def test_values_are_nats_of_the_validation_set():
    ours = problem()
    zero = ours.initial_params()
    assert ours.upper_values(masks(2), zero).tolist() == pytest.approx([math.log(CLASSES)] * 2)


def test_contrasts_lose_nothing_but_the_mean():
    params = warm_start()
    back = softmax.from_contrasts(softmax.contrasts(params), params.mean(0))
    assert torch.allclose(back, params, rtol=0, atol=1e-15)
