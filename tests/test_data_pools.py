"""The pools of the sources: what torchvision and the readers make of the files."""

import gzip
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from relaxpen.data import instances, pool
from relaxpen.data.places import obtain
from relaxpen.data.raw_files import check, check_pool
from relaxpen.data.readers import images as vision
from relaxpen.data.sources.all_sources import SOURCES, raw_files
from relaxpen.inputs.errors import DataError

CLASSES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}  # what torchvision calls them


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_torchvision_downloads_the_files(source, real, serve, tmp_path, monkeypatch):
    """From a server here, in place of those that torchvision knows."""
    raw, packed = raw_files()[source], tmp_path / "packed"
    packed.mkdir()
    for path in raw.paths:
        with gzip.open(packed / f"{path.name}.gz", "wb", compresslevel=1) as stream:
            stream.write((real / path).read_bytes())
    address, asked = serve(packed)
    dataset = getattr(vision.datasets(), CLASSES[source])
    md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in packed.iterdir()}
    monkeypatch.setattr(dataset, "mirrors", [f"{address}/"])
    monkeypatch.setattr(dataset, "resources", list(md5.items()))
    assert obtain(SOURCES[source], tmp_path / "data", None) == "torchvision's download"
    assert check(raw, tmp_path / "data", "")
    assert {path.removeprefix("/") for path in asked} == set(md5)


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_torchvision_reads_the_files(source, real):
    first = {"mnist": [5, 0, 4, 1, 9], "fashion_mnist": [9, 0, 0, 3, 0]}
    images, labels = vision.read_images(real, CLASSES[source], train=True)
    assert images.shape == (60000, 784)
    assert labels[:5].tolist() == first[source]
    assert vision.read_images(real, CLASSES[source], train=False)[0].shape == (10000, 784)


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_the_pool_holds_the_bytes_of_the_images(source, real, tmp_path):
    out = tmp_path / f"{source}.npz"
    assert pool.make_pool(source, real, None, out, ["data"]) == "the data folder"
    arrays = instances.load(out)
    assert list(arrays) == ["pool_features", "pool_labels", "test_features", "test_labels"]
    folder = real / raw_files()[source].folder
    for name, prefix in (("pool", "train"), ("test", "t10k")):
        features, labels = arrays[f"{name}_features"], arrays[f"{name}_labels"]
        assert (features.dtype, labels.dtype) == (np.uint8, np.int64)
        pixels = (folder / f"{prefix}-images-idx3-ubyte").read_bytes()[16:]
        assert features.tobytes() == pixels
        classes = (folder / f"{prefix}-labels-idx1-ubyte").read_bytes()[8:]
        assert labels.astype(np.uint8).tobytes() == classes


def test_the_pool_of_ijcnn1(ijcnn1, tmp_path):
    out = tmp_path / "ijcnn1.npz"
    pool.make_pool("ijcnn1", ijcnn1, None, out, ["data"])
    arrays = instances.load(out)
    for name, counts in (("pool", [45137, 4853]), ("test", [82989, 8712])):
        features, labels = arrays[f"{name}_features"], arrays[f"{name}_labels"]
        assert features.shape == (sum(counts), 22)
        assert (features.dtype, labels.dtype) == (np.float64, np.int64)
        assert np.bincount(labels).tolist() == counts
    # the first line of the file: -1.0 6:1 11:-0.731854 12:0.173431 13:0.0 14:0.00027 ...
    first = arrays["pool_features"][0]
    assert first[[5, 10, 11, 12, 13]].tolist() == [1, -0.731854, 0.173431, 0, 0.00027]
    assert first[:5].tolist() == [0, 0, 0, 0, 0]


def test_a_pool_of_another_source_is_refused(ijcnn1, tmp_path):
    out = tmp_path / "mine.npz"
    pool.make_pool("ijcnn1", ijcnn1, None, out, ["data"])
    check_pool(out, "ijcnn1")
    with pytest.raises(DataError, match=r"was made from ijcnn1, and data\.source is fashion_mnist"):
        check_pool(out, "fashion_mnist")
    out.with_suffix(".json").unlink()
    check_pool(out, "fashion_mnist")  # nothing tells


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
        "from relaxpen.data.readers.images import datasets\n"
        "datasets().MNIST\n"
        "print(len(declared))\n"
    )
    ours = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, env=os.environ, check=True
    )
    assert ours.stdout.strip() == ("0" if plain.returncode == 0 else "2")
