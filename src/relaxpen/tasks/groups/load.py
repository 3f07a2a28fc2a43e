"""What runs of this paper read, as tensors."""

from pathlib import Path

import torch

from relaxpen.data import instances
from relaxpen.data.streams import torch_stream
from relaxpen.problems.group_lasso_data import GroupLassoData, GroupLassoSource, Truth
from relaxpen.tasks.groups.settings import GroupLassoSettings


def load_tasks(settings: GroupLassoSettings, instance: Path, seed: int) -> GroupLassoData:
    """Return the tasks of a seed: groups and coefficients as written, observations from a stream."""
    split = instances.load(instances.seed_file(instance / "split", seed))
    truth = Truth(*(torch.from_numpy(split[name]) for name in Truth._fields))
    source = GroupLassoSource(**settings.data.drawn)
    return source.observe(truth, torch_stream(seed, "observations"))
