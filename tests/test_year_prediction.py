"""YearPredictionMSD, of which nobody here has the file: a small one of its form, and what is refused."""

import zipfile

import numpy as np
import pytest

from relaxpen.data.places import obtain
from relaxpen.data.raw_files import check, known_file
from relaxpen.data.readers import uci, year_prediction
from relaxpen.data.readers.year_prediction import (
    NUM_COLUMNS,
    TABLE,
    read_year_prediction,
)
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.data.sources.music import MUSIC_FILE, MusicData
from relaxpen.inputs.errors import DataError

SIZES = (4, 3)  # training and validation samples


@pytest.fixture
def small(monkeypatch):
    """Ten rows: four to train on, three for evaluation, three for the upper level."""
    for name, number in (("NUM_ROWS", 10),):
        monkeypatch.setattr(year_prediction, name, number)
    monkeypatch.setattr(MusicData, "pool_sizes", SIZES)
    rows = np.random.default_rng(0).normal(size=(10, NUM_COLUMNS)).round(5)
    rows[:, 0] = np.arange(2000, 2010)
    return rows


def text(rows):
    return "".join(f"{int(row[0])}," + ",".join(map(str, row[1:])) + "\n" for row in rows.tolist())


def pack(folder, content, name=TABLE):
    path = folder / MUSIC_FILE
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_rows_are_split_as_published_and_the_year_comes_last(small, tmp_path):
    pack(tmp_path, text(small))
    parts = read_year_prediction(tmp_path / MUSIC_FILE, *SIZES)
    assert parts.train[:, -1].tolist() == [2000, 2001, 2002, 2003]
    assert parts.test[:, -1].tolist() == [2004, 2005, 2006]
    assert parts.validation[:, -1].tolist() == [2007, 2008, 2009]
    assert np.array_equal(parts.validation[:, :-1], small[7:, 1:])


def test_the_published_sizes():
    sizes = (year_prediction.NUM_TRAIN, year_prediction.NUM_VALIDATION)
    assert (*sizes, year_prediction.NUM_ROWS - sum(sizes)) == (231857, 51630, 231858)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t[:-300], f"{TABLE}, line 10: .* columns instead of 91"),
        (lambda t: t[:-2], f"{TABLE}, line 10: ends before the end of line"),
        (lambda t: t[: t.index("2009,")], f"{TABLE}: 9 rows instead of 10"),
        (lambda t: t.replace("2003,", "1066,"), f"{TABLE}, line 4: 1066 is no year"),
        (lambda t: t.replace("2003,", "2003.5,"), f"{TABLE}, line 4: 2003.5 is no year"),
        (lambda t: t.replace("2003,", "nan,"), f"{TABLE}, line 4: 'nan' is not a finite number"),
    ],
)
def test_spoilt_tables_are_refused_with_the_line(small, tmp_path, spoil, message):
    path = pack(tmp_path, spoil(text(small)))
    with pytest.raises(DataError, match=f"{path}, {message}.*; the file is damaged or not Year"):
        read_year_prediction(tmp_path / MUSIC_FILE, *SIZES)


def test_another_archive_is_refused(small, tmp_path):
    path = pack(tmp_path, text(small), "other.txt")
    with pytest.raises(DataError, match=f"{path} needs {TABLE}; the file is damaged"):
        read_year_prediction(tmp_path / MUSIC_FILE, *SIZES)


def test_it_is_fetched_from_the_repository(small, serve, tmp_path, monkeypatch):
    """Its digest is not known: any file of its name is taken, and its form is checked when it is read."""
    content = text(small)
    site = tmp_path / "site/00203"
    site.mkdir(parents=True)
    pack(tmp_path / "made", content).rename(site / MUSIC_FILE.name)
    address, asked = serve(tmp_path / "site")
    monkeypatch.setattr(uci, "SITE", address)
    assert list(SOURCES["music"].downloads) == ["the UCI repository"]
    assert obtain(SOURCES["music"], tmp_path / "data", None) == "the UCI repository"
    assert asked == [f"/00203/{MUSIC_FILE.name}"]
    assert check(SOURCES["music"].raw, tmp_path / "data", "")
    assert len(read_year_prediction(tmp_path / "data").train) == 4
    assert known_file(MUSIC_FILE) is None
