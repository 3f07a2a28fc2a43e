"""Label corruption: the one definition of "noise rate"."""

from typing import Literal, NamedTuple

import numpy as np

Rule = Literal["different_class", "any_class"]


class CorruptedLabels(NamedTuple):
    """Labels after corruption, and where they differ from the true ones."""

    labels: np.ndarray  # (n,) int64
    changed: np.ndarray  # (n,) bool, True where labels differ from the true ones


def corrupt(
    labels: np.ndarray, noise_rate: float, num_classes: int, rule: Rule, rng: np.random.Generator
) -> CorruptedLabels:
    """Replace round(noise_rate n) labels, chosen uniformly without replacement.

    ``different_class``: by one of the other num_classes - 1 classes, uniformly, so that the noise
    rate is the share of wrong labels. ``any_class``: by one of all classes, uniformly, so that about
    1/num_classes of the chosen labels stay right, as in public set-ups (BOME, benchopt).
    ``labels`` is (n,) int in 0 .. num_classes - 1.

    Raises ValueError for a noise rate outside [0, 1) and for labels outside the classes.
    """
    if not 0 <= noise_rate < 1:
        raise ValueError(f"noise_rate is {noise_rate}; expected a share in [0, 1)")
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"labels span {labels.min()}..{labels.max()}; expected 0..{num_classes - 1}"
        )
    chosen = rng.permutation(len(labels))[: round(noise_rate * len(labels))]
    noisy = labels.astype(np.int64)
    if rule == "different_class":
        shift = rng.integers(1, num_classes, size=len(chosen))
        noisy[chosen] = (noisy[chosen] + shift) % num_classes
    elif rule == "any_class":
        noisy[chosen] = rng.integers(0, num_classes, size=len(chosen))
    else:
        raise ValueError(f"corruption rule is {rule!r}; expected different_class or any_class")
    return CorruptedLabels(noisy, noisy != labels)
