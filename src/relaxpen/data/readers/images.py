"""torchvision's datasets, also beside a torch build for which its compiled operators do not load."""

import importlib
import socket
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

DOWNLOAD_TIMEOUT_S = 30.0
_SCHEMAS = {
    "torchvision::nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def datasets() -> ModuleType:
    """Import and return torchvision.datasets.

    Where the compiled operators do not load (a CPU build of torch beside torchvision from the
    registry), the import fails for want of two operator schemas; only then are they declared.
    """
    try:
        return importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    for name, schema in _SCHEMAS.items():
        torch.library.define(name, schema)
    return importlib.import_module("torchvision.datasets")


def read_images(data_dir: Path, name: str, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) uint8 and labels (n,) int64 of what torchvision calls ``name``."""
    data = getattr(datasets(), name)(data_dir, train=train, download=False)
    return data.data.reshape(len(data.data), -1).numpy(), data.targets.numpy()


def download_images(folder: Path, name: str) -> None:
    """Let torchvision fetch what it calls ``name``; a server that is silent is given up after 30 s."""
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        for train in (True, False):
            getattr(datasets(), name)(folder, train=train, download=True)
    finally:
        socket.setdefaulttimeout(patience)
