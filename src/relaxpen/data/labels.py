"""The corrupted labels of each seed, drawn from its stream."""

import numpy as np

from relaxpen.data.instances import NUM_CLASSES
from relaxpen.data.settings import NOISY
from relaxpen.data.streams import numpy_stream
from relaxpen.problems.corruption import corrupt
from relaxpen.tasks.thesis.settings import Settings

Arrays = dict[str, np.ndarray]


def make_labels(settings: Settings, seed: int, train_labels: np.ndarray) -> Arrays:
    """Corrupt clean training labels (n,): ``labels`` as the solver sees them, ``changed`` (n,) bool.

    Data without noise keeps its labels.
    """
    data = settings.data
    if data.source not in NOISY:
        return {"labels": train_labels, "changed": np.zeros(len(train_labels), dtype=bool)}
    rng = numpy_stream(seed, "corruption")
    num_classes = NUM_CLASSES[data.source]
    return corrupt(train_labels, data.noise_rate, num_classes, data.corruption, rng)._asdict()
