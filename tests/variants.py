"""The numerical tests as on other machines: python tests/variants.py [VARIANT ...], by default all.

What is set decides which kernels torch takes and which path its product library: a path that another
processor would take is as good as that processor. "order" is no processor at all: see
other_machine.py. One line is printed for each variant; of one that fails, its tests too.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ORDER = "order"
# The name, ATEN_CPU_CAPABILITY, MKL_CBWR and the number of threads.
KERNELS = [
    ("compatible", "default", "COMPATIBLE", 1),
    ("compatible_threads", "default", "COMPATIBLE", 2),
    ("avx2", "avx2", "AVX2", 1),
    ("avx2_threads", "avx2", "AVX2", 2),
    ("scalar_avx2_threads", "default", "AVX2", 2),
    ("avx2_compatible", "avx2", "COMPATIBLE", 1),
]
VARIANTS: dict[str, dict[str, str]] = {
    name: {"ATEN_CPU_CAPABILITY": kernels, "MKL_CBWR": products, "OMP_NUM_THREADS": str(threads)}
    for name, kernels, products, threads in KERNELS
}
VARIANTS[ORDER] = {"OMP_NUM_THREADS": "1"}


def run(name: str) -> bool:
    """Run the numerical tests under a variant, print its line, return whether they passed."""
    variables = VARIANTS[name]
    workers = max(1, (os.cpu_count() or 1) // int(variables["OMP_NUM_THREADS"]))
    command = [sys.executable, "-m", "pytest", "-q", "-m", "numerics", "-n", str(workers)]
    command += ["-p", "other_machine"] if name == ORDER else []
    environment = os.environ | variables | {"PYTHONPATH": str(TESTS)}
    begun = time.monotonic()
    result = subprocess.run(
        command, cwd=TESTS.parent, env=environment, capture_output=True, text=True
    )
    passed = result.returncode == 0
    counts = (result.stdout.strip().splitlines() or [result.stderr.strip()])[-1]
    said = " ".join(f"{key}={value}" for key, value in variables.items())
    print(f"{name} ({said}): {counts} [{time.monotonic() - begun:.0f} s]", flush=True)
    if not passed:
        print(result.stdout[-20_000:], result.stderr[-2000:], sep="\n", flush=True)
    return passed


def main(names: list[str]) -> int:
    """Run the variants of these names, or all; return 0 if all passed, 2 for an unknown name."""
    if unknown := [name for name in names if name not in VARIANTS]:
        print(f"no variant is called {unknown[0]!r}; give some of {', '.join(VARIANTS)}")
        return 2
    passed = [run(name) for name in names or VARIANTS]  # all of them, also after one that fails
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
