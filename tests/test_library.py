"""The library as a person meets it: arrays in; a mask, scores and a trace out."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

from conftest import REPOSITORY
from relaxpen import LabelCleaner
from relaxpen.library.linear import Standardised
from wrong_labels import shuffled_with_wrong_labels


@pytest.fixture(scope="module")
def digits():
    """Digits, four of ten training labels wrong: X, y, X_val, y_val, X_test, y_test, wrong."""
    features, labels, noisy, wrong = shuffled_with_wrong_labels(load_digits, 1000, 0.4)
    parts = (features[1000:1300], labels[1000:1300], features[1300:], labels[1300:])
    return (features[:1000], noisy, *parts, wrong)


def test_wrong_labels_are_found(digits):
    features, noisy, clean, known, test, truth, wrong = digits
    cleaner = LabelCleaner(random_state=0).fit(features, noisy, clean, known)
    assert f1_score(wrong, ~cleaner.mask_) > 0.9
    assert roc_auc_score(~wrong, cleaner.scores_) > 0.95
    assert cleaner.score(test, truth) > 0.95
    assert cleaner.trace_.kept.iloc[-1] == cleaner.mask_.sum()
    assert cleaner.trace_.validation_loss.iloc[-1] < cleaner.trace_.validation_loss.iloc[0] / 2


def test_a_model_without_gradients_can_be_cleaned_for(digits):
    features, noisy, clean, known, *_, wrong = digits
    tree = DecisionTreeClassifier(min_samples_leaf=20, random_state=0)
    cleaner = LabelCleaner(tree, random_state=0).fit(features, noisy, clean, known)
    assert roc_auc_score(~wrong, cleaner.scores_) > 0.8
    assert wrong[cleaner.scores_.argsort()[:200]].mean() > 0.75
    assert cleaner.trace_.num_trainings.sum() == 17 * len(cleaner.trace_)


def test_labels_may_be_words_and_the_answer_is_the_same_again(digits):
    features, noisy, clean, known, *_ = digits
    words = np.array([f"digit {i}" for i in range(10)])
    small = LabelCleaner(num_rounds=2, steps_per_round=3, random_state=1)
    one = small.fit(features, noisy, clean, known).scores_
    two = small.fit(features, words[noisy], clean, words[known])
    assert np.array_equal(one, two.scores_)
    assert (
        two.predict(features[:3]).tolist()
        == words[small.predict_proba(features[:3]).argmax(1)].tolist()
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_checks_of_scikit_learn():
    check_estimator(LabelCleaner(num_rounds=2, steps_per_round=3, random_state=0))


def test_without_validation_data_a_part_is_held_out(digits):
    features, noisy, *_ = digits
    cleaner = LabelCleaner(num_rounds=1, steps_per_round=2, random_state=0).fit(features, noisy)
    held_out = cleaner.scores_ == 1.0
    assert 200 <= held_out.sum() <= 300
    assert cleaner.mask_[held_out].all()


def small():
    """Small arrays for fit that say nothing."""
    rng = np.random.default_rng(0)
    given = {"X": rng.normal(size=(30, 3)), "y": np.arange(30) % 3}
    return given | {"X_val": rng.normal(size=(12, 3)), "y_val": np.arange(12) % 3}


def few(model=None):
    return LabelCleaner(model, num_rounds=2, steps_per_round=3, random_state=0)


@pytest.mark.parametrize(
    "column",
    [
        np.full(30, 0.1),
        0.1 + 1e-16 * np.arange(30),
        np.full(30, 1e9),
        np.zeros(30),
        np.full(30, 1e-310),
        np.full(30, 1e300),
    ],
)
def test_a_column_that_is_constant_but_for_rounding_says_nothing(column):
    """Its standard deviation is 1e-16, say, and a validation sample may be off by more."""
    given = small()
    plain = few().fit(**given)
    with_column = {
        "X": np.column_stack([given["X"], column]),
        "X_val": np.column_stack([given["X_val"], column[:12] + 1.0]),
    }
    assert np.allclose(few().fit(**given | with_column).scores_, plain.scores_)


@pytest.mark.parametrize("size", [1e-200, 1e-3, 1e3, 1e200])
def test_a_column_that_varies_is_standardised_whatever_its_size(size):
    X = size * (1.0 + 1e-9 * np.random.default_rng(0).normal(size=(2000, 1)))
    features = Standardised.of(X).features(X)[:, 0].numpy()
    assert abs(features.mean()) < 1e-6
    assert abs(features.std() - 1) < 1e-6


def test_a_long_constant_column_is_constant():
    """Its sum is rounded a million times: the mean is off by more than the tolerance."""
    X = np.full((1_000_000, 2), 0.1)
    assert (Standardised.of(X).scale == 0).all()


def flipped(model, **settings):
    """A cleaner whose validation labels are all wrong: nothing that agrees with them is there."""
    rng = np.random.default_rng(0)
    X, X_val = rng.normal(size=(60, 3)), rng.normal(size=(30, 3))
    y, y_val = ((features[:, 0] > 0).astype(int) for features in (X, X_val))
    cleaner = LabelCleaner(model, random_state=0, **settings)
    with pytest.warns(UserWarning, match="model_ is None: it cannot be trained on the 0 of 60"):
        assert cleaner.fit(X, y, X_val, 1 - y_val) is cleaner
    return cleaner, X


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (None, {}),
        (LogisticRegression(), {"num_directions": 4}),
        (DecisionTreeClassifier(max_depth=2), {"initial_weight": 0.1}),
    ],
    ids=["linear", "logistic", "tree"],
)
def test_a_search_that_keeps_nothing_has_a_mask_and_no_model(model, settings):
    cleaner, X = flipped(model, **settings)
    assert cleaner.mask_.sum() == 0
    assert ((cleaner.scores_ >= 0) & (cleaner.scores_ <= 1)).all()
    assert cleaner.trace_.kept.iloc[-1] == 0
    with pytest.raises(NotFittedError, match="of fewer than two classes"):
        cleaner.predict(X)


class OnlyWithMany(LogisticRegression):
    """A model that refuses small training sets, as one with folds inside does."""

    def fit(self, X, y, sample_weight=None):  # noqa: N803
        if sample_weight is None:
            raise ValueError("too few members in a class")
        return super().fit(X, y, sample_weight)


def test_a_final_training_that_fails_does_not_cost_the_mask():
    with pytest.warns(UserWarning, match="too few members in a class"):
        cleaner = few(OnlyWithMany()).fit(**small())
    assert len(cleaner.mask_) == len(cleaner.scores_) == 30
    with pytest.raises(NotFittedError, match="too few members in a class"):
        cleaner.predict_proba(small()["X"])


def test_the_examples_of_the_documentation_run(capsys):
    names: dict = {}
    document = (REPOSITORY / "docs/library.md").read_text()
    for code in re.findall(r"```python\n(.*?)```", document, re.DOTALL):
        exec(compile(code, "docs/library.md", "exec"), names)
    kept, accuracy, filtered, doubtful = capsys.readouterr().out.splitlines()
    for line in (kept, filtered):
        found = re.fullmatch(r"(\d+) kept, (\d+) of them wrong", line)
        assert int(found[2]) < 0.1 * int(found[1])
    assert float(accuracy.split()[-1]) > 0.9
    share, of_all = (int(number) for number in re.findall(r"(\d+)%", doubtful))
    assert share > of_all + 30
