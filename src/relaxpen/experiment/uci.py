"""Files as the UCI repository has them."""

import shutil
import urllib.request
from pathlib import Path

from relaxpen.experiment.data_files import FILES

SITE = "https://archive.ics.uci.edu/ml/machine-learning-databases"
TIMEOUT_S = 30.0  # of silence
NUMBERS = {"blog": "00304", "music": "00203"}  # under which the repository keeps them


def download_uci(folder: Path, source: str, site: str | None = None) -> None:
    """Fill the folder of a source from the UCI repository, or another site of the same layout.

    Raises OSError if it cannot be reached or is silent for 30 s.
    """
    raw = FILES[source]
    (folder / raw.folder).mkdir(parents=True)
    for name in raw.digests:
        address = f"{site or SITE}/{NUMBERS[source]}/{name}"
        with (
            urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer,
            (folder / raw.folder / name).open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
