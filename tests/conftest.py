"""Shared fixtures: small instances of data hyper-cleaning, on every device there is."""

from pathlib import Path

import pytest
import torch

from relaxpen.experiment.labels import make_labels
from relaxpen.experiment.settings import Settings, resolve
from relaxpen.experiment.splits import make_split
from relaxpen.experiment.tensors import build_instance
from relaxpen.problems.samples import Instance

torch.set_num_threads(1)  # the instances are tiny

REPOSITORY = Path(__file__).resolve().parent.parent
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

SMALL = {
    "data.source": "synthetic",
    "data.num_train": 40,
    "data.num_validation": 30,
    "data.num_test": 50,
    "data.num_features": 6,
    "data.noise_rate": 0.3,
    "lower.num_steps": 4,
    "upper.num_directions": 8,
}


@pytest.fixture(params=DEVICES)
def device(request) -> torch.device:
    return torch.device(request.param)


def small_settings(**overrides) -> Settings:
    """Settings of a run of a second; keywords use __ for the dot."""
    return resolve(SMALL | {key.replace("__", "."): value for key, value in overrides.items()})


def small_instance(settings: Settings, seed: int = 0, device: str = "cpu") -> Instance:
    """The instance of a seed, without files."""
    split = make_split(settings, seed, None)
    noisy = make_labels(settings, seed, split["train_labels"])
    arrays = {"train_labels": noisy["labels"], "changed": noisy["changed"]}
    for part in ("train", "validation", "selection"):
        arrays[f"{part}_features"] = split["pool_features"][split[part]]
        if part != "train":
            arrays[f"{part}_labels"] = split["pool_labels"][split[part]]
    arrays |= {name: split[name] for name in ("test_features", "test_labels")}
    return build_instance(settings, arrays, torch.device(device))
