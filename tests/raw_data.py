"""Real data for tests: from wherever this machine can get it, once for all tests of a run."""

import fcntl
import os
from pathlib import Path

import pytest

from relaxpen.experiment.data_files import MIRROR_VARIABLE, MNIST, RawFiles, find_mirror
from relaxpen.experiment.data_sources import obtain
from relaxpen.inputs.errors import DataError


def raw_data(tmp_path_factory: pytest.TempPathFactory, raw: RawFiles) -> Path:
    """Return a folder with the files of a source, a mirror of it alone; skip where it cannot be had.

    MNIST is never passed over: a package registry has it, and without it nothing is reproduced.
    """
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # processes share a run
    folder = run / "raw" / raw.source
    folder.mkdir(parents=True, exist_ok=True)
    missing = folder / "missing"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not missing.exists():
            try:
                obtain(raw, folder, find_mirror(None))
                return folder
            except DataError:
                if raw is MNIST:
                    raise
                missing.touch()
    pytest.skip(f"needs {raw.title}: not in {MIRROR_VARIABLE}, and no download can be reached")
