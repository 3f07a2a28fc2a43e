"""Named arrays in one file."""

import io
import zipfile
from pathlib import Path

import numpy as np

from relaxpen.inputs.errors import DataError
from relaxpen.records.files import remedy, whole

Arrays = dict[str, np.ndarray]


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays to an npz file, whole or not at all; the same arrays give the same bytes.

    With whatever Python: numpy's own writer has headers that differ between its patch versions.
    """
    with whole(path) as draft:
        write_arrays(draft, arrays)


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to an npz file; the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())


def load(path: Path) -> Arrays:
    """Read an npz file; raises DataError naming the file if it is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise DataError(f"{path} is missing; run the step that makes it (snakemake does)") from None
    except Exception as error:
        # The file of a seed is made again with its folder.
        made = path.parent if path.name.startswith("seed=") else path
        raise DataError(f"{path} is damaged or no arrays ({error}); {remedy(made)}") from None
