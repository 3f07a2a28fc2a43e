"""Checks of the user's arrays: labels, and the validation set against the training set."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d, validate_data


def plain_array(values: Any) -> Any:
    """Return a tensor of torch as one that NumPy reads, without its gradient; anything else as it is.

    Features that a network computes carry a gradient, and may be on a GPU or of type bfloat16.
    """
    if not isinstance(values, torch.Tensor):
        return values
    values = values.detach().cpu()
    return values.float() if values.dtype == torch.bfloat16 else values


def classes_of(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes (k,), sorted, and the label of each sample as an index of them (n,).

    Raises TypeError for labels of mixed types, ValueError for numbers that are no labels and for
    fewer than two classes.
    """
    try:
        check_classification_targets(y)
        classes, labels = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"y has labels of mixed types ({error}); expected one type") from error
    if len(classes) < 2:
        raise ValueError(
            f"the training labels have one class, {plain(classes[0])!r}; expected at least two"
        )
    return classes, labels


def hold_out(
    labels: np.ndarray, classes: np.ndarray, share: float, rng: np.random.RandomState
) -> np.ndarray:
    """Return which samples (n,) bool serve as validation data: a share of each class.

    At least one sample of each class is taken and at least one is left. Raises ValueError for a
    class of one sample.
    """
    held_out = np.zeros(len(labels), dtype=bool)
    for label in range(len(classes)):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if len(rows) < 2:
            raise ValueError(
                f"class {plain(classes[label])!r} has 1 sample: none can be held out; give X_val "
                "and y_val"
            )
        held_out[rows[: min(max(1, round(share * len(rows))), len(rows) - 1)]] = True
    return held_out


def check_both_or_none(X_val: Any, y_val: Any) -> None:  # noqa: N803
    """Check that X_val and y_val are both given or both absent; raises ValueError otherwise."""
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{given} is given without {missing}; give both, or neither")


def validation_features(estimator: BaseEstimator, X_val: Any) -> np.ndarray:  # noqa: N803
    """Return the features (n, d) of clean samples, columns as those that the estimator was given.

    Raises TypeError for sparse features, ValueError for another shape, values that are not finite,
    no sample, and columns of other names or in another order.
    """
    found = _named("X_val", check_array, X_val, ensure_min_samples=0)
    if len(found) == 0:
        raise ValueError("the validation set is empty; expected clean samples of every class")
    if found.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X_val has {found.shape[1]} features, X has {estimator.n_features_in_}; expected the "
            "same"
        )
    names = {"reset": False, "skip_check_array": True}  # of columns, and nothing else
    _named("X_val", validate_data, estimator, X_val, **names)
    return found


def _named(name: str, check: Callable, *arguments: Any, **options: Any) -> np.ndarray:
    """Return what a check of scikit-learn returns; its refusals begin with the name of the array."""
    try:
        return check(*arguments, **options)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def validation_labels(y_val: Any, classes: np.ndarray, num_samples: int) -> np.ndarray:
    """Return the labels (n,) of clean samples as indices of classes (k,).

    Raises TypeError for labels of mixed types, ValueError for another length, labels of another type
    than classes, and classes that only one of the two sets has.
    """
    y_val = _named("y_val", column_or_1d, y_val)
    if len(y_val) != num_samples:
        raise ValueError(
            f"X_val has {num_samples} samples, y_val has {len(y_val)}; expected as many labels"
        )
    found = _labels_found(y_val, classes)
    for name, ours, theirs in (("validation", found, classes), ("training", classes, found)):
        unseen = np.setdiff1d(theirs, ours)
        if len(unseen):
            raise ValueError(
                f"the {name} set has no sample of class {plain(unseen[0])!r}; expected every class "
                "in both sets"
            )
    return np.searchsorted(classes, y_val)


def _labels_found(y_val: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the labels that are in y_val, sorted: of the type of classes."""
    example = f"expected class labels like those of y, such as {plain(classes[0])!r}"
    if y_val.dtype.kind == "f" and not np.isfinite(y_val).all():
        raise ValueError(f"y_val contains NaN or infinity; {example}")
    try:
        kind = type_of_target(y_val)
        found = np.unique(y_val)
    except TypeError as error:
        raise TypeError(f"y_val has labels of mixed types ({error}); {example}") from error
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"y_val holds {kind} values of dtype {y_val.dtype}, such as {plain(y_val[0])!r}; "
            f"{example}, of dtype {classes.dtype}"
        )
    if _is_number(found) != _is_number(classes):
        raise ValueError(f"y_val has labels such as {plain(found[0])!r}; {example}")
    return found


def _is_number(labels: np.ndarray) -> bool:
    return labels.dtype.kind in "biuf"


def plain(label: Any) -> Any:
    """Return a label as Python writes it: 3, not np.int64(3)."""
    return label.item() if isinstance(label, np.generic) else label
