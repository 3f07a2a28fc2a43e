"""Real data with wrong labels, for tests of the library."""

from collections.abc import Callable

import numpy as np


def shuffled_with_wrong_labels(
    load: Callable, num_train: int, share: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return features and labels in random order, the first num_train with wrong ones, and which are."""
    features, labels = load(return_X_y=True)
    rng, num_classes = np.random.default_rng(0), len(np.unique(labels))
    order = rng.permutation(len(labels))
    features, labels = features[order], labels[order]
    noisy, wrong = labels[:num_train].copy(), rng.random(num_train) < share
    noisy[wrong] = (noisy[wrong] + rng.integers(1, num_classes, wrong.sum())) % num_classes
    return features, labels, noisy, wrong
