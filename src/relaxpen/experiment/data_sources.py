"""Where the files of each source can come from, tried in turn until one gives the right ones."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from relaxpen.experiment.data_files import FETCHED_ANEW, MIRROR_VARIABLE, RawFiles, check
from relaxpen.experiment.files import whole
from relaxpen.experiment.libsvm import download_ijcnn1
from relaxpen.experiment.packaged_data import PACKAGES, from_package
from relaxpen.experiment.uci import download_uci
from relaxpen.experiment.vision import download_images
from relaxpen.inputs.errors import DataError

Fetch = Callable[[Path], None]  # fills a folder of the layout of the data folder
TORCHVISION = "torchvision's download"


def downloads(source: str) -> dict[str, Fetch]:
    """Return where a source comes from when neither the data folder nor the mirror has it, in order."""
    if source in PACKAGES:
        return {
            TORCHVISION: lambda folder: download_images(folder, source),
            PACKAGES[source].title: lambda folder: from_package(folder, source),
        }
    if source in ("blog", "music"):
        return {"the UCI repository": lambda folder: download_uci(folder, source)}
    return {"the LIBSVM site": download_ijcnn1}


def obtain(raw: RawFiles, data_dir: Path, mirror: Path | None) -> str:
    """Put the files of a source in a data folder from the first place that has them, and name it.

    The places, in this order: the folder itself, the mirror, the downloads. Files take their final
    names only after their digests are checked.

    Raises DataError that lists every place and why it failed.
    """
    if check(raw, data_dir, FETCHED_ANEW):
        return "the data folder"
    places = downloads(raw.source)
    if mirror:
        places = {"the mirror": lambda folder: _from_mirror(raw, mirror, folder)} | places
    failures = [f"the data folder {data_dir / raw.folder}: the files are not there"]
    failures += [] if mirror else [f"no mirror: data_mirror and {MIRROR_VARIABLE} are not set"]
    for name, fetch in places.items():
        with tempfile.TemporaryDirectory() as scratch:
            try:
                fetch(Path(scratch))
                _adopt(raw, Path(scratch), data_dir)
                return name
            except Exception as error:  # any failure of a place is a reason to try the next
                failures.append(f"{name}: {type(error).__name__}: {_last_line(error)}")
    raise DataError(
        f"{raw.title} could not be obtained:\n"
        + "".join(f"  - {failure}\n" for failure in failures)
        + f"Put {raw.names} into {data_dir / raw.folder}, name a folder that holds {raw.folder} in "
        f"{MIRROR_VARIABLE}, or make one of the sources reachable."
    )


def _from_mirror(raw: RawFiles, mirror: Path, folder: Path) -> None:
    missing = [str(path) for path in raw.paths if not (mirror / path).is_file()]
    if missing:
        raise DataError(f"{mirror} lacks {', '.join(missing)}")
    (folder / raw.folder).mkdir(parents=True)
    for path in raw.paths:
        shutil.copyfile(mirror / path, folder / path)


def _adopt(raw: RawFiles, found: Path, data_dir: Path) -> None:
    if not check(raw, found, "this source cannot be used"):
        raise DataError(f"did not give the files {raw.names}")
    for path in raw.paths:
        with whole(data_dir / path) as draft:
            shutil.copyfile(found / path, draft)


def _last_line(error: Exception) -> str:
    text = getattr(error, "stderr", None) or str(error)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
