"""Files as the UCI repository has them."""

import shutil
import urllib.request
import zipfile
from pathlib import Path

from relaxpen.data.raw_files import FILES

SITE = "https://archive.ics.uci.edu/ml/machine-learning-databases"
TIMEOUT_S = 30.0  # of silence
NUMBERS = {"blog": "00304", "music": "00203"}  # under which the repository keeps them


def download_uci(folder: Path, source: str, site: str | None = None) -> None:
    """Fill the folder of a source from the UCI repository, or another site of the same layout.

    Raises OSError if it cannot be reached, is silent for 30 s or ends early, and zipfile.BadZipFile if
    what it sends is no whole archive.
    """
    raw = FILES[source]
    (folder / raw.folder).mkdir(parents=True)
    for name in raw.digests:
        address, path = f"{site or SITE}/{NUMBERS[source]}/{name}", folder / raw.folder / name
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
            promised = int(answer.headers.get("Content-Length", file.tell()))
            if file.tell() != promised:
                raise OSError(f"{address} ended after {file.tell()} of {promised} bytes")
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"{damaged} in {name} is damaged")
