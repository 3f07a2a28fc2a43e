"""The corrupted labels of each seed, drawn from its stream."""

import numpy as np

from relaxpen.data.sources.source import Arrays, DataSettings, NoisySettings
from relaxpen.data.streams import numpy_stream
from relaxpen.problems.corruption import corrupt


def make_labels(data: DataSettings, seed: int, train_labels: np.ndarray) -> Arrays:
    """Corrupt clean training labels (n,): ``labels`` as the solver sees them, ``changed`` (n,) bool.

    Data without noise keeps its labels.
    """
    if not isinstance(data, NoisySettings) or data.num_classes is None:
        return {"labels": train_labels, "changed": np.zeros(len(train_labels), dtype=bool)}
    rng = numpy_stream(seed, "corruption")
    return corrupt(train_labels, data.noise_rate, data.num_classes, data.corruption, rng)._asdict()
