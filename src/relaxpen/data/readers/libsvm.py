"""ijcnn1 as the LIBSVM site has it: downloaded, and read."""

import bz2
import urllib.request
from pathlib import Path

import numpy as np
from sklearn.datasets import load_svmlight_file

SITE = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary"
TIMEOUT_S = 30.0  # of silence
NUM_FEATURES = 22
# What each of our files is made of there. The training samples come in two parts, of 35000 and 14990
# lines; their text, one after the other and packed again, is byte for byte the file whose digest is
# known. (The site's own union of the two, ijcnn1.bz2, writes its labels in another way.)
PARTS = {
    "ijcnn1.trn.bz2": ("ijcnn1.tr.bz2", "ijcnn1.val.bz2"),
    "ijcnn1.tst.bz2": ("ijcnn1.t.bz2",),
}


def download_ijcnn1(folder: Path, site: str | None = None) -> None:
    """Fill a folder from the LIBSVM site, or another of the same layout.

    Raises OSError or ValueError if it cannot be reached, is silent for 30 s, or sends what is not
    whole bzip2.
    """
    folder.mkdir(parents=True)
    for name, parts in PARTS.items():
        text = b"".join(bz2.decompress(_fetch(f"{site or SITE}/{part}")) for part in parts)
        (folder / name).write_bytes(bz2.compress(text))


def read_ijcnn1(folder: Path, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, 22) float64 and labels (n,) int64, 0 for -1 and 1 for +1."""
    name = "ijcnn1.trn.bz2" if train else "ijcnn1.tst.bz2"
    path = str(folder / name)
    features, labels = load_svmlight_file(path, n_features=NUM_FEATURES)
    return features.toarray(), (labels > 0).astype(np.int64)


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
        content: bytes = answer.read()
        return content
