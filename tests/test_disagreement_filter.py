"""The library's filter: what a model of the clean samples speaks against is dropped."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from relaxpen import DisagreementFilter
from relaxpen.library.linear import Standardised
from relaxpen.problems.refit import fit_on
from relaxpen.problems.samples import Samples
from wrong_labels import shuffled_with_wrong_labels

pytestmark = pytest.mark.numerics


@pytest.fixture(scope="module")
def flowers():
    """Iris, three of ten training labels wrong: X, y, X_val, y_val, wrong."""
    X, y, noisy, wrong = shuffled_with_wrong_labels(load_iris, 100, 0.3)
    return X[:100], noisy, X[100:], y[100:], wrong


def by_hand(probs, labels):
    """p(y) / (p(y) + the largest of the others), sample by sample."""
    found = []
    for row, label in zip(probs, labels, strict=True):
        others = max(p for c, p in enumerate(row) if c != label)
        found.append(row[label] / (row[label] + others))
    return np.array(found)


def test_scores_are_what_the_model_of_the_clean_samples_says(flowers):
    X, y, X_val, y_val, _ = flowers
    found = DisagreementFilter(ridge=0.01).fit(X, y, X_val, y_val)
    scaling = Standardised.of(X)
    clean = Samples(scaling.features(X_val), torch.from_numpy(y_val))
    logits = scaling.features(X) @ fit_on(clean, 0.01, 3).params.T
    probs = torch.softmax(logits, dim=1).numpy()
    assert np.allclose(found.scores_, by_hand(probs, y), rtol=1e-9)
    assert np.array_equal(found.mask_, probs.argmax(axis=1) == y)


@pytest.mark.parametrize("model", [GaussianNB(), KNeighborsClassifier()])
def test_any_classifier_with_probabilities_will_do(flowers, model):
    X, y, X_val, y_val, wrong = flowers
    found = DisagreementFilter(model).fit(X, y, X_val, y_val)
    probs = type(model)().fit(X_val, y_val).predict_proba(X)
    assert np.allclose(found.scores_, by_hand(probs.clip(1e-3), y))
    assert f1_score(wrong, ~found.mask_) > 0.85
    assert roc_auc_score(~wrong, found.scores_) > 0.9
    assert np.array_equal(
        found.predict(X), type(model)().fit(X[found.mask_], y[found.mask_]).predict(X)
    )


def test_a_larger_margin_keeps_fewer_and_the_same_scores(flowers):
    X, y, X_val, y_val, _ = flowers
    masks = {
        margin: DisagreementFilter(margin=margin).fit(X, y, X_val, y_val)
        for margin in (-2.0, 0.0, 2.0)
    }
    assert masks[-2.0].mask_.sum() > masks[0.0].mask_.sum() > masks[2.0].mask_.sum()
    for margin, found in masks.items():
        assert np.array_equal(found.mask_, found.scores_ > 1 / (1 + np.exp(-margin)))
        assert np.array_equal(found.scores_, masks[0.0].scores_)


def test_labels_may_be_words(flowers):
    X, y, X_val, y_val, _ = flowers
    words = np.array(["setosa", "versicolor", "virginica"])
    plain = DisagreementFilter().fit(X, y, X_val, y_val)
    worded = DisagreementFilter().fit(X, words[y], X_val, words[y_val])
    assert np.array_equal(plain.mask_, worded.mask_)
    assert worded.predict(X[:4]).tolist() == words[plain.predict(X[:4])].tolist()


def test_without_validation_data_a_part_is_held_out_and_kept(flowers):
    X, y, *_ = flowers
    found = DisagreementFilter(random_state=0).fit(X, y)
    held_out = found.scores_ == 1.0
    assert 20 <= held_out.sum() <= 30
    assert found.mask_[held_out].all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_checks_of_scikit_learn():
    check_estimator(DisagreementFilter(random_state=0))


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"margin": np.nan}, ValueError, "margin is nan; expected a finite number"),
        ({"margin": "1"}, TypeError, "margin is '1'; expected a finite number"),
        ({"ridge": -1}, ValueError, "ridge is -1; expected a finite number of at least 0"),
        ({"validation_fraction": 1}, ValueError, "validation_fraction is 1; expected"),
        ({"model": LinearSVC()}, TypeError, "LinearSVC has no predict_proba"),
        ({"model": GaussianNB}, TypeError, "model is the class GaussianNB"),
        ({"model": KNeighborsClassifier(0)}, ValueError, r"fit\(X_val, y_val\) failed"),
    ],
)
def test_bad_settings_get_one_clear_sentence(flowers, settings, error, sentence):
    X, y, X_val, y_val, _ = flowers
    with pytest.raises(error, match=sentence):
        DisagreementFilter(**settings).fit(X, y, X_val, y_val)


def test_a_filter_that_keeps_nothing_has_a_mask_and_no_model(flowers):
    X, y, X_val, y_val, _ = flowers
    with pytest.warns(UserWarning, match="model_ is None: it cannot be trained on the 0 of 100"):
        found = DisagreementFilter(RandomForestClassifier(5), margin=50.0).fit(X, y, X_val, y_val)
    assert not found.mask_.any()
    with pytest.raises(ValueError, match="fewer than two classes"):
        found.predict(X)
