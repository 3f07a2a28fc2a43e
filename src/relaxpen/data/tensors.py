"""Arrays on disk to an instance in tensors."""

import torch

from relaxpen.data.sources.source import Arrays, DataSettings
from relaxpen.problems.samples import Instance, Samples, with_bias


def build_instance(
    data: DataSettings, arrays: Arrays, precision: str, device: torch.device
) -> Instance:
    """Return an instance in tensors on a device, features over the source's scale, a bias column.

    ``precision`` is float32 or float64. Raises ValueError for a source without classes.
    """
    if data.num_classes is None:
        raise ValueError(f"{data.source} has no classes")
    scale, dtype = data.scale, getattr(torch, precision)

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
        num_classes=data.num_classes,
    )
