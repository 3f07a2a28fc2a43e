"""Arrays on disk to an instance in tensors."""

import numpy as np
import torch

from relaxpen.data.instances import NUM_CLASSES
from relaxpen.problems.samples import Instance, Samples, with_bias
from relaxpen.tasks.thesis.settings import Settings

IMAGES = ("mnist", "fashion_mnist")  # bytes, which become pixels / 255


def build_instance(
    settings: Settings, arrays: dict[str, np.ndarray], device: torch.device
) -> Instance:
    """Return an instance in tensors on a device: pixels / 255, a bias column, settings.precision."""
    scale = 255.0 if settings.data.source in IMAGES else 1.0
    dtype = getattr(torch, settings.precision)

    def samples(part: str) -> Samples:
        features = torch.from_numpy(arrays[f"{part}_features"]).to(dtype) / scale
        labels = torch.from_numpy(arrays[f"{part}_labels"]).long()
        return Samples(with_bias(features), labels).to(device, dtype)

    return Instance(
        train=samples("train"),
        validation=samples("validation"),
        selection=samples("selection") if len(arrays["selection_labels"]) else None,
        test=samples("test"),
        changed=torch.from_numpy(arrays["changed"]).to(device),
        num_classes=NUM_CLASSES[settings.data.source],
    )
