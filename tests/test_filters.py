"""Filters: what they keep is what their models say."""

import pytest
import torch

from conftest import small_instance, small_settings
from relaxpen.problems.filters import confident_learning, disagreement
from relaxpen.problems.refit import fit_on

pytestmark = pytest.mark.numerics


@pytest.fixture
def instance():
    return small_instance(small_settings())


def test_what_a_validation_model_disagrees_with_is_dropped(instance):
    train, validation = instance.train, instance.validation
    fit = fit_on(validation, 1e-2, 2)
    logits = train.features @ fit.params.T
    found = disagreement(train, validation, 1e-2, 2, margin=0.0)
    assert torch.equal(found.mask == 1, logits.argmax(dim=1) == train.labels)
    own = logits.gather(1, train.labels[:, None])[:, 0]
    assert torch.allclose(found.scores, 2 * own - logits.sum(dim=1))  # of two classes
    strict = disagreement(train, validation, 1e-2, 2, margin=1.0).mask
    assert torch.equal(strict == 1, found.scores > 1)
    assert found.num_gradients == fit.num_gradients * 30 / 40 + 0.5


def test_confident_learning_judges_a_sample_by_models_that_have_not_seen_it(instance):
    train, folds = instance.train, torch.arange(40) % 4
    found = confident_learning(train, 1e-2, 2, folds, "prune_by_noise_rate")
    spent = 0.5
    for fold in range(4):
        fit = fit_on(train.select(folds != fold), 1e-2, 2)
        spent += fit.num_gradients * 3 / 4
        held_out = train.select(folds == fold)
        probs = torch.softmax(held_out.features @ fit.params.T, dim=1)
        expected = probs.gather(1, held_out.labels[:, None])[:, 0]
        assert torch.allclose(found.scores[folds == fold], expected)
    assert found.num_gradients == pytest.approx(spent)
    dropped = found.mask == 0
    assert 0 < dropped.sum() < 20
    # an issue is a label that a held-out model finds less probable than the other one
    assert (found.scores[dropped] < 0.5).all()
