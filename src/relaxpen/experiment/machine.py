"""Facts about the machine and the software a run was made with."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from relaxpen import __version__
from relaxpen.experiment.settings import SettingsError

PACKAGES = ("torch", "numpy", "scipy", "pyarrow")


def choose_device(wanted: str) -> torch.device:
    """Return the device for ``auto`` (a GPU when there is one), ``cpu`` or ``cuda``.

    Raises SettingsError for another word, and for cuda where there is none.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted not in ("cpu", "cuda"):
        raise SettingsError(f"device is {wanted!r}; expected auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device is 'cuda', but torch finds no GPU here; use auto or cpu")
    return torch.device(wanted)


def machine_facts(device: torch.device) -> dict[str, Any]:
    """Return what numbers and times may depend on besides settings, seed and code."""
    return {
        "device": device.type,
        "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        "cpu": _cpu_model(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "num_cores": os.cpu_count(),
        "num_threads": torch.get_num_threads(),
        "platform": platform.platform(),
    }


def software_facts() -> dict[str, str]:
    """Return the version of Python and of each package a run uses."""
    ours = {"python": platform.python_version(), "relaxpen": __version__}
    return ours | {name: version(name) for name in PACKAGES}


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"
