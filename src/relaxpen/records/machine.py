"""Facts about the machine, the software and the commit that something was made with."""

import os
import platform
import shutil
import subprocess
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxpen import __version__
from relaxpen.inputs.errors import SettingsError
from relaxpen.records.identity import probe, processor, products

if TYPE_CHECKING:  # it takes two seconds to import, which a table need not wait for
    import torch

PACKAGE = Path(__file__).parent
PACKAGES = ("torch", "numpy", "scipy", "pyarrow")
CODE_PATHS = ("src", "workflow", "Snakefile", "config", "profiles", "requirements.txt")


def choose_device(wanted: str) -> "torch.device":
    """Return the device for ``auto`` (a GPU when there is one), ``cpu`` or ``cuda``.

    Raises SettingsError for another word, and for cuda where there is none.
    """
    import torch

    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted not in ("cpu", "cuda"):
        raise SettingsError(f"device is {wanted!r}; expected auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device is 'cuda', but torch finds no GPU here; use auto or cpu")
    return torch.device(wanted)


def num_gpus() -> int:
    """Return 1 where runs will take a GPU, so that jobs share it one at a time, else 0."""
    driver = shutil.which("nvidia-smi") is not None or Path("/dev/nvidiactl").exists()
    if not driver or os.environ.get("RELAXPEN_DEVICE", "auto") == "cpu":
        return 0
    import torch  # slow to import: only where there is a driver to ask

    return int(torch.cuda.is_available())


@cache
def machine_facts() -> dict[str, Any]:
    """Return the processor, the number of cores and the platform; no name of a machine."""
    facts = {"num_cores": os.cpu_count(), "platform": platform.platform()}
    return {"cpu": processor()["name"], "processor": processor()} | facts


def torch_facts(device: "torch.device") -> dict[str, Any]:
    """Return the build of torch and what its numbers depend on: device, threads, instructions."""
    import torch

    return {
        "version": torch.__version__,
        "git": torch.version.git_version,
        "cuda": torch.version.cuda,
        "device": device.type,
        "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "num_threads": torch.get_num_threads(),
        "products": products(),
        "probe": probe(device),
    }


@cache
def software_facts() -> dict[str, str]:
    """Return the versions of Python and of this package; a rule adds those of what its code uses."""
    return {"python": platform.python_version(), "relaxpen": __version__}


@cache
def installed_packages() -> dict[str, str]:
    """Return the version of every installed package, of which the pinned ones are a part."""
    found = {package.name: package.version for package in distributions()}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


@cache
def git_facts() -> dict[str, Any]:
    """Return the commit of the code, and whether what results depend on differs from it.

    Both are None where there is no git or no clone.
    """
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    paths = [f":(top){path}" for path in CODE_PATHS]
    return {"commit": commit, "dirty": bool(_git("status", "--porcelain", "--", *paths))}


@cache
def has_commit(commit: str) -> bool:
    """Return whether the clone that this package lies in has a commit."""
    return _git("cat-file", "-e", f"{commit}^{{commit}}") is not None


@cache
def is_shallow() -> bool:
    """Return whether the clone that this package lies in has only the latest commits."""
    return _git("rev-parse", "--is-shallow-repository") == "true"


@cache
def git_refusal() -> str | None:
    """Return why git cannot be asked for commits of this package, None if it can be."""
    return _ask_git("rev-parse", "--git-dir")[1]


def _git(*words: str) -> str | None:
    """Return what git says of the clone that this package lies in, None if it says nothing."""
    return _ask_git(*words)[0]


def committed(path: Path) -> str | None:
    """Return the text of a file as it is committed where this process works, None if it is not."""
    return _ask_git("show", f"HEAD:./{path.as_posix()}", folder=Path())[0]


def _ask_git(*words: str, folder: Path = PACKAGE) -> tuple[str | None, str | None]:
    """Return what git says of the clone that a folder lies in, or else why it does not."""
    command = ["git", "-C", str(folder), *words]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return None, "git is not on PATH"
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"git does not run ({error})"
    if answer.returncode == 0:
        return answer.stdout.strip(), None
    said = answer.stderr.strip().partition("\n")[0].removeprefix("fatal: ")
    return None, f"git says: {said or 'nothing'}"
