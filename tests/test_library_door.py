"""What LabelCleaner refuses, each mistake in one clear sentence, and what it takes."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from relaxpen import LabelCleaner

NAN = float("nan")
WORDS = np.array(["cat", "dog", "eel"])
TREE = DecisionTreeClassifier(max_depth=2, random_state=0)


def bad(change=lambda given: None):
    """Arrays for fit, spoilt by a change of them or of the dictionary."""
    rng = np.random.default_rng(0)
    given = {"X": rng.normal(size=(30, 3)), "y": np.arange(30) % 3}
    given |= {"X_val": rng.normal(size=(12, 3)), "y_val": np.arange(12) % 3}
    return change(given) or given


def short(**settings):
    return LabelCleaner(
        **{"num_rounds": 2, "steps_per_round": 3, "random_state": 0, "num_directions": 3} | settings
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda g: g["X"].__setitem__((0, 0), np.nan), "Input X contains NaN"),
        (lambda g: g["X_val"].__setitem__((0, 0), np.nan), "X_val: Input contains NaN"),
        (lambda g: g["X_val"].__setitem__((0, 0), np.inf), "X_val: Input contains infinity"),
        (lambda g: g | {"y": g["y"][:-1]}, "inconsistent numbers of samples"),
        (lambda g: g | {"X_val": g["X_val"][:, :2]}, "X_val has 2 features, X has 3"),
        (lambda g: g | {"X_val": g["X_val"][0]}, "X_val: Expected 2D array"),
        (lambda g: g | {"X_val": g["X_val"].astype(str)}, "X_val: dtype='numeric'"),
        (
            lambda g: g | {"X_val": g["X_val"][:0], "y_val": g["y_val"][:0]},
            "validation set is empty",
        ),
        (lambda g: g | {"y_val": g["y_val"][:-1]}, "X_val has 12 samples, y_val has 11"),
        (lambda g: g | {"y_val": g["X_val"]}, "y_val: y should be a 1d array"),
        (lambda g: g | {"y_val": np.arange(12) % 2}, "the validation set has no sample of class 2"),
        (lambda g: g | {"y_val": np.arange(12) % 4}, "the training set has no sample of class 3"),
        (lambda g: g | {"y": np.zeros(30, dtype=int)}, "have one class, 0;"),
        (lambda g: g | {"y": np.linspace(0, 1, 30)}, "Unknown label type: continuous"),
        (lambda g: g | {"y_val": None}, "X_val is given without y_val"),
        (lambda g: g | {"X_val": None}, "y_val is given without X_val"),
        (
            lambda g: g | {"y_val": WORDS[g["y_val"]]},
            "y_val has labels such as 'cat'; expected class labels like those of y, such as 0",
        ),
        (
            lambda g: g | {"y": WORDS[g["y"]]},
            "y_val has labels such as 0; expected class labels like those of y, such as 'cat'",
        ),
        (lambda g: g | {"y_val": g["y_val"] + 0.5}, "y_val holds continuous values"),
        (lambda g: g | {"y_val": np.where(g["y_val"], np.nan, 0)}, "y_val contains NaN"),
        (lambda g: g | {"y_val": g["y_val"].astype(object)}, "unknown values of dtype object"),
    ],
)
def test_bad_arrays_get_one_clear_sentence(change, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as error:
        LabelCleaner().fit(**bad(change))
    assert len(str(error.value).splitlines()) <= 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda g: g | {"X_val": csr_array(g["X_val"])},
            "X_val: Sparse data was passed, but dense",
        ),
        (lambda g: g | {"y": np.array(["a", 1] * 15, dtype=object)}, "y has labels of mixed types"),
        (
            lambda g: g | {"y_val": np.array(["a", 1] * 6, dtype=object)},
            "y_val has labels of mixed types",
        ),
    ],
)
def test_bad_types_of_arrays_get_one_clear_sentence(change, sentence):
    with pytest.raises(TypeError, match=re.escape(sentence)):
        LabelCleaner().fit(**bad(change))


def test_a_class_of_one_sample_cannot_be_held_out():
    given = bad()
    given["y"][given["y"] == 2] = 1
    given["y"][0] = 2
    with pytest.raises(ValueError, match="class 2 has 1 sample: none can be held out"):
        LabelCleaner().fit(given["X"], given["y"])


def test_something_is_left_when_nearly_all_is_held_out():
    cleaner = short(validation_fraction=0.99).fit(bad()["X"], bad()["y"])
    assert (cleaner.scores_ < 1).sum() == 3


@pytest.mark.parametrize("model", [None, TREE], ids=["linear", "tree"])
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("num_rounds", [0, -1, 2.5, NAN, "6", None]),
        ("steps_per_round", [0, -1, 2.5, NAN, "6"]),
        ("num_lower_steps", [0, -3, 2.5, NAN, "6", None]),
        ("num_directions", [0, -1, 2.5, NAN, "6", None]),
        ("ridge", [-1, NAN, np.inf, "1", None]),
        ("strength", [0, -5, NAN, np.inf, "1", None]),
        ("validation_fraction", [0, 1, -1, 2, NAN, "1", None]),
        ("initial_weight", [-0.1, 1.5, NAN, np.full(30, 2.0), np.full(5, 0.5), "1", None]),
        ("random_state", [-1, 1.5, "1"]),
    ],
)
def test_every_setting_is_checked_whether_it_has_an_effect_or_not(model, name, values):
    for value in values:
        with pytest.raises((TypeError, ValueError), match=f"^{name} .*expected"):
            LabelCleaner(model, **{name: value}).fit(**bad())


@pytest.mark.parametrize("model", [None, TREE], ids=["linear", "tree"])
def test_rounds_and_steps_are_those_that_were_set(model):
    # a start that stays far from binary: no round can be left out
    assert len(short(model=model).fit(**bad()).trace_) == 6
    assert len(short(model=model, num_rounds=np.int64(1)).fit(**bad()).trace_) == 3


def test_a_step_with_a_model_is_dear_and_there_are_fewer_by_default():
    assert len(short(steps_per_round=None, num_rounds=1).fit(**bad()).trace_) == 20
    assert len(short(model=TREE, steps_per_round=None, num_rounds=1).fit(**bad()).trace_) == 8


@pytest.mark.parametrize(
    ("model", "error", "sentence"),
    [
        (KNeighborsClassifier(), TypeError, "KNeighborsClassifier.fit takes no sample_weight"),
        (LinearSVC(), TypeError, "LinearSVC has no predict_proba"),
        (DecisionTreeClassifier, TypeError, "model is the class DecisionTreeClassifier"),
        ("tree", TypeError, "model is a str; expected a scikit-learn classifier"),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            ValueError,
            "Pipeline.fit(X, y, sample_weight=weights) failed; expected a classifier that can be",
        ),
        (
            VotingClassifier([("near", KNeighborsClassifier())], voting="soft"),
            (TypeError, ValueError),
            "VotingClassifier.fit(X, y, sample_weight=weights) failed",
        ),
    ],
)
def test_a_model_without_weights_or_probabilities_is_refused(model, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        LabelCleaner(model).fit(**bad())


@pytest.mark.parametrize(
    "model",
    [
        CalibratedClassifierCV(LinearSVC(), cv=2),
        VotingClassifier([("one", LogisticRegression())], voting="soft"),
    ],
)
def test_a_model_that_passes_weights_on_is_taken(model):
    assert len(short(model=model).fit(**bad()).trace_) == 6


def columns(given):
    return given | {name: pd.DataFrame(given[name], columns=list("abc")) for name in ("X", "X_val")}


def test_columns_of_validation_data_are_in_the_same_order():
    given = columns(bad())
    short().fit(**given)
    for wrong in (given["X_val"][["b", "a", "c"]], given["X_val"].rename(columns={"a": "z"})):
        with pytest.raises(ValueError, match="X_val: The feature names should match"):
            short().fit(**given | {"X_val": wrong})


def test_labels_may_come_as_a_frame_has_them():
    given = columns(bad())
    plain = short().fit(**given)
    words = {name: pd.Series(WORDS[given[name]], dtype="category") for name in ("y", "y_val")}
    assert short().fit(**given | words).scores_.tolist() == plain.scores_.tolist()
