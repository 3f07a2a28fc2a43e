"""Named streams of randomness: one per purpose, all from the seed of the run."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # slow to import, and what draws splits does without
    import torch


def stream_seed(seed: int, name: str) -> int:
    """Return the seed of stream ``name`` of a run with ``seed``: 63 bits of a SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


def numpy_stream(seed: int, name: str) -> np.random.Generator:
    """Return the NumPy generator of a stream, for making data."""
    return np.random.default_rng(stream_seed(seed, name))


def torch_stream(seed: int, name: str) -> "torch.Generator":
    """Return the CPU generator of a named stream of a run."""
    import torch

    return torch.Generator().manual_seed(stream_seed(seed, name))
