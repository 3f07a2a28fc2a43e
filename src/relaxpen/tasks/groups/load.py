"""What a run that learns groups reads, as tensors."""

import torch

from relaxpen.data.streams import torch_stream
from relaxpen.problems.group_lasso_data import GroupLassoData, GroupLassoSource, Truth
from relaxpen.records.arrays import load
from relaxpen.records.index import seed_file
from relaxpen.tasks.groups.settings import GroupLassoSettings
from relaxpen.tasks.task import InstanceFiles


def load_tasks(
    settings: GroupLassoSettings, files: InstanceFiles, seed: int, device: torch.device
) -> GroupLassoData:
    """Return the tasks of a seed: groups and coefficients as written, observations from a stream.

    They stay on the CPU, whatever the device.
    """
    del device
    split = load(seed_file(files.folder / "split", seed))
    truth = Truth(*(torch.from_numpy(split[name]) for name in Truth._fields))
    source = GroupLassoSource(**settings.data.drawn)
    return source.observe(truth, torch_stream(seed, "observations"))
