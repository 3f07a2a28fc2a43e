"""Which arithmetic a machine does: what must agree before the same bytes can be asked for."""

import hashlib
import os
import platform
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # it takes two seconds to import, which a table need not wait for
    import torch

PROCESSOR = {
    "vendor": "vendor_id",
    "family": "cpu family",
    "number": "model",  # of the model: hypervisors give many of them one name
    "name": "model name",
    "stepping": "stepping",
}
# Sets of instructions that products, sums and functions of arrays choose their path by.
INSTRUCTIONS = re.compile(r"(sse|ssse|avx|amx|fma|f16c|bmi|sve|asimd|neon)\w*")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
# By these a person sends products down another path on the same processor.
PATHS = (
    *("ATEN_CPU_CAPABILITY", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DYNAMIC"),
    *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"),
)
TORCH = (
    *("version", "git", "cuda", "device", "gpu", "cpu_capability", "num_threads"),
    *("products", "probe"),
)


@cache
def processor() -> dict[str, Any]:
    """Return vendor, model, instruction sets, caches and C library; None for what is not told.

    Blocks of products are cut to the caches, and functions such as ``log`` are the C library's.
    """
    told = _cpuinfo(Path("/proc/cpuinfo"))
    facts: dict[str, Any] = {name: told.get(key) for name, key in PROCESSOR.items()}
    flags = told.get("flags", told.get("Features", "")).split()
    facts["name"] = facts["name"] or platform.processor() or platform.machine()
    facts["instructions"] = sorted(filter(INSTRUCTIONS.fullmatch, flags))
    facts["caches"] = [path.read_text().strip() for path in sorted(CACHES.glob("index*/size"))]
    facts["c_library"] = " ".join(platform.libc_ver())
    return facts


def set_threads(number: int) -> None:
    """Set the number of threads of every product: those of torch, NumPy and SciPy.

    With two threads SciPy's BLAS factorises even small matrices on another path, with other bits.
    """
    import numpy  # noqa: F401 - both load the BLAS that threadpoolctl limits
    import scipy.linalg  # noqa: F401
    import threadpoolctl
    import torch

    torch.set_num_threads(number)
    threadpoolctl.threadpool_limits(number, "blas")


def products() -> dict[str, Any]:
    """Return the builds of BLAS that torch, NumPy and SciPy use, their paths and threads.

    torch holds its own, MKL, which tells its build but not its path: that follows from the processor
    and from the environment, which are recorded too.
    """
    import numpy  # noqa: F401 - both load the BLAS that threadpoolctl asks
    import scipy.linalg  # noqa: F401
    import threadpoolctl
    import torch

    builds = [line.strip(" -") for line in torch.__config__.show().splitlines()]
    pools = [
        " ".join(str(pool.get(key)) for key in ("prefix", "version", "architecture", "num_threads"))
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    ]
    return {
        "torch": [line for line in builds if "Math Kernel" in line or "MKL-DNN" in line],
        "others": sorted(set(pools)),
        "environment": {name: os.environ[name] for name in PATHS if name in os.environ},
    }


def probe(device: "torch.device") -> str:
    """Return a digest of some products, sums and functions: other bits tell another path for certain.

    Equal ones do not tell the same path, for other shapes may take another.
    """
    import torch

    digest = hashlib.sha256()
    for dtype in (torch.float32, torch.float64):
        # Numbers below 1 with few common factors, made of integers alone: the same everywhere.
        numbers = (torch.arange(200 * 784, dtype=torch.float64) * 7919 % 10007 / 10007).to(dtype)
        matrix = numbers.reshape(200, 784).to(device)
        weights = matrix[:10].T.contiguous()
        scores = matrix @ weights
        for result in (
            *(scores, matrix.T @ scores, matrix @ weights[:, 0], matrix.sum(), matrix.mean(0)),
            *(scores.log_softmax(1), matrix.exp(), (1 + matrix).log(), matrix[:8] @ matrix[:8].T),
        ):
            digest.update(result.cpu().numpy().tobytes())
    return digest.hexdigest()


def machine_difference(
    machine: dict[str, Any], torch: dict[str, Any] | None, here: dict[str, Any] | None
) -> str | None:
    """Return why a machine is not known to round as this one does, None if all agrees.

    ``machine`` and ``torch`` are what a manifest holds, ``here`` is torch_facts of this process; a
    result that does not use torch has none.
    """
    recorded, own = machine.get("processor"), processor()
    if recorded is None:
        return "its manifest does not say which processor it was"
    for name, value in own.items():
        if recorded.get(name) != value:
            shown = f"{recorded.get('vendor')} {recorded.get('name')}, here {own['vendor']} {own['name']}"
            return f"another processor ({shown}: {name} differs)"
    if torch is None or here is None:
        return None
    for name in TORCH:
        if torch.get(name) != here[name]:
            return f"another torch ({name} {torch.get(name)}, here {here[name]})"
    return None


def _cpuinfo(path: Path) -> dict[str, str]:
    """Return what is said of the first processor, {} where nothing is."""
    text = path.read_text().partition("\n\n")[0] if path.exists() else ""
    pairs = [line.partition(":") for line in text.splitlines()]
    return {key.strip(): value.strip() for key, _, value in pairs}
