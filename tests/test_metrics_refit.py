import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from relaxpen.problems import refit
from relaxpen.problems.metrics import mask_metrics, model_metrics, ranking_auc
from relaxpen.problems.refit import GRADIENT_TOLERANCE, fit, fit_on, lower_solution, value_function
from relaxpen.problems.samples import Samples

pytestmark = pytest.mark.numerics


def data(num_samples, seed):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(num_samples, 4, generator=generator, dtype=torch.float64)
    return Samples(features, torch.randint(0, 3, (num_samples,), generator=generator))


def test_detection_counts_wrong_labels_as_positives():
    changed = torch.tensor([True, True, True, False, False, False, False])
    theta = torch.tensor([0.1, 0.2, 0.9, 0.4, 0.5, 0.7, 1.0])  # removes 0, 1 (wrong) and 3 (clean)
    found = mask_metrics(theta, changed)
    assert found.num_kept == 4
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert found.keep_f1 == pytest.approx(2 * 3 / (4 + 4))


def test_undefined_ratios_are_nan():
    clean = torch.zeros(3, dtype=torch.bool)
    found = mask_metrics(torch.ones(3), clean)
    assert math.isnan(found.precision)
    assert math.isnan(found.recall)
    assert math.isnan(found.auc)
    assert found.keep_f1 == 1


def test_auc_against_all_pairs():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randint(0, 6, (40,), generator=generator).double()  # with ties
    positive = torch.rand(40, generator=generator) < 0.4
    above, below = scores[positive][:, None], scores[~positive][None]
    pairs = (above > below).double() + 0.5 * (above == below).double()
    assert ranking_auc(scores, positive) == pytest.approx(pairs.mean().item(), rel=1e-12)


def test_accuracy_is_not_an_error_rate():
    samples = Samples(torch.eye(3, dtype=torch.float64), torch.tensor([0, 1, 0]))
    found = model_metrics(10 * torch.eye(3, dtype=torch.float64), samples)
    assert found.accuracy == pytest.approx(2 / 3)
    logits = 10 * torch.eye(3, dtype=torch.float64)
    assert found.loss == pytest.approx(cross_entropy(logits, samples.labels).item())


def test_fit_is_at_a_point_of_zero_gradient():
    samples, ridge = data(50, 1), 1e-2
    found = fit_on(samples, ridge, 3)
    params = found.params.clone().requires_grad_()
    loss = cross_entropy(samples.features @ params.T, samples.labels)
    (loss + ridge * params.square().sum()).backward()
    assert params.grad.abs().max() <= GRADIENT_TOLERANCE
    assert found.converged


def test_fit_works_on_every_device_and_in_float32(device):
    samples = data(50, 1)
    expected = fit_on(samples, 1e-2, 3).params
    found = fit_on(samples.to(device, torch.float32), 1e-2, 3).params
    assert found.dtype == torch.float64
    assert torch.allclose(found.cpu(), expected, atol=1e-5)


def test_fit_on_kept_samples_is_the_fit_without_the_others():
    samples = data(50, 1)
    keep = (torch.arange(50) % 3 != 0).double()
    chosen = fit(samples, keep / keep.sum(), 1e-2, 3)
    alone = fit_on(samples.select(keep), 1e-2, 3)
    assert torch.allclose(chosen.params, alone.params, atol=1e-5)


def test_fit_on_nothing_is_zero():
    found = fit_on(data(50, 1).select(torch.zeros(50)), 1e-2, 3)
    assert found.converged
    assert bool((found.params == 0).all())


def test_value_function_is_the_limit_of_many_lower_level_steps():
    from relaxpen.problems.hypercleaning import HyperCleaning, LowerLevel

    train, validation = data(40, 2), data(30, 3)
    theta = torch.rand(40, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    long = HyperCleaning(train, validation, 3, LowerLevel(5000, 0.5, 1e-2, None, False))
    limit = long.evaluate(theta[None], long.initial_params()).values.item()
    solution = lower_solution(theta, train, 1e-2, 3, tolerance=1e-9)
    assert value_function(solution, validation) == pytest.approx(limit, abs=1e-7)
    near = lower_solution(theta, train, 1e-2, 3, start=solution + 0.1)
    assert value_function(near, validation) == pytest.approx(limit, abs=1e-6)


def test_the_change_of_variables_changes_no_minimiser(monkeypatch):
    """Any positive curvature gives the same model; so does starting elsewhere."""
    samples = data(60, 7)
    weights = torch.rand(60, generator=torch.Generator().manual_seed(8), dtype=torch.float64) / 60
    fits = [fit(samples, weights, 1e-2, 3, tolerance=1e-9)]
    for curvature in (1e-6, 10.0):
        monkeypatch.setattr(refit, "CURVATURE", curvature)
        fits.append(fit(samples, weights, 1e-2, 3, tolerance=1e-9))
    fits.append(fit(samples, weights, 1e-2, 3, torch.ones_like(fits[0].params), 1e-9))
    assert all(one.converged for one in fits)
    for one in fits[1:]:
        torch.testing.assert_close(one.params, fits[0].params, atol=1e-6, rtol=0)


def test_a_fit_without_ridge_or_with_fewer_samples_than_features_has_a_certificate():
    samples = data(3, 9)  # of four features
    found = fit(samples, torch.full((3,), 1 / 3, dtype=torch.float64), 1e-3, 3)
    assert found.converged
    none = fit(samples, torch.zeros(3, dtype=torch.float64), 0.0, 3)
    assert (none.converged, none.params.abs().max().item()) == (True, 0.0)
