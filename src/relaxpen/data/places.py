"""Where the files of each source can come from, tried in turn until one gives the right ones."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

from relaxpen.data.raw_files import MIRROR_VARIABLE, check
from relaxpen.data.sources.source import RawFiles, Source
from relaxpen.inputs.errors import FETCHED_ANEW, DataError
from relaxpen.records.files import whole


def obtain(source: Source, data_dir: Path, mirror: Path | None) -> str:
    """Put the files of a source in a data folder from the first place that has them, and name it.

    The places, in this order: the folder itself, the mirror, the downloads. Files take their final
    names only after their digests are checked.

    Raises DataError that lists every place and why it failed.
    """
    raw = source.raw
    if raw is None:
        raise DataError(f"{source.title} is made from the seed; there are no files to obtain")
    if check(raw, data_dir, FETCHED_ANEW):
        return "the data folder"
    places = dict(source.downloads)
    if mirror:
        places = {"the mirror": partial(_from_mirror, raw, mirror)} | places
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
