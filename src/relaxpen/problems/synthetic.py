"""Two Gaussian classes: the synthetic binary classification set."""

import numpy as np


def two_gaussians(
    num_samples: int, num_features: int, mean_norm: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw balanced samples of N(+mu, I) and N(-mu, I) with |mu| = mean_norm, in random order.

        x = (2 y - 1) mu + N(0, I),   mu = mean_norm (1, ..., 1) / sqrt(num_features)

    Returns features (num_samples, num_features) float64 without a bias column and labels
    (num_samples,) int64 in {0, 1}; an odd number gives class 0 one sample more.
    Source: none; the thesis says only "randomly generated" (docs/deviations.md).
    """
    labels = rng.permutation(np.arange(num_samples) % 2)
    mean = np.full(num_features, mean_norm / np.sqrt(num_features))
    noise = rng.standard_normal((num_samples, num_features))
    return (2 * labels[:, None] - 1) * mean + noise, labels.astype(np.int64)
