"""Files as the UCI repository has them."""

import shutil
import urllib.request
import zipfile
from pathlib import Path

SITE = "https://archive.ics.uci.edu/ml/machine-learning-databases"
TIMEOUT_S = 30.0  # of silence


def download_uci(path: Path, number: str, site: str | None = None) -> None:
    """Fetch an archive that the UCI repository, or a site of the same layout, keeps under a number.

    Raises OSError if it cannot be reached, is silent for 30 s or ends early, and zipfile.BadZipFile if
    what it sends is no whole archive.
    """
    path.parent.mkdir(parents=True)
    address = f"{site or SITE}/{number}/{path.name}"
    with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer, path.open("wb") as file:
        shutil.copyfileobj(answer, file)
        promised = int(answer.headers.get("Content-Length", file.tell()))
        if file.tell() != promised:
            raise OSError(f"{address} ended after {file.tell()} of {promised} bytes")
    with zipfile.ZipFile(path) as archive:
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{damaged} in {path.name} is damaged")
