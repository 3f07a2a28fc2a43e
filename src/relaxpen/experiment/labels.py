"""The corrupted labels of each seed, drawn from its stream."""

import numpy as np

from relaxpen.experiment.instances import NUM_CLASSES
from relaxpen.experiment.settings import Settings
from relaxpen.experiment.streams import numpy_stream
from relaxpen.problems.corruption import corrupt

Arrays = dict[str, np.ndarray]


def make_labels(settings: Settings, seed: int, train_labels: np.ndarray) -> Arrays:
    """Corrupt clean training labels (n,): ``labels`` as the solver sees them, ``changed`` (n,) bool."""
    data = settings.data
    rng = numpy_stream(seed, "corruption")
    num_classes = NUM_CLASSES[data.source]
    return corrupt(train_labels, data.noise_rate, num_classes, data.corruption, rng)._asdict()
