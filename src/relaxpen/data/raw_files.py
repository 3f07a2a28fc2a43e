"""The files that data is made from: what they must be, and where they are looked for. No torch."""

import json
import os
from pathlib import Path, PurePath

from relaxpen.data.sources.all_sources import raw_files
from relaxpen.data.sources.source import RawFiles
from relaxpen.inputs.errors import FETCHED_ANEW, DataError
from relaxpen.records.files import sha256

MIRROR_VARIABLE = "RELAXPEN_DATA_MIRROR"


def known_file(path: PurePath) -> tuple[str, str] | None:
    """Return the title and the SHA-256 that a path asks for, None if it is no file of any source.

    Names are the same across sources: the folder above tells which one it is.
    """
    for raw in raw_files().values():
        for known, digest in raw.paths.items():
            if digest and path.parts[-len(known.parts) :] == known.parts:
                return raw.title, digest
    return None


def title_of(digest: str) -> str | None:
    """Return the title of the source that has a file of this SHA-256, None if none has."""
    return next((raw.title for raw in raw_files().values() if digest in raw.digests.values()), None)


def find_mirror(configured: str | None) -> Path | None:
    """Return the mirror folder of the config key, else of the environment variable, else None.

    Raises DataError if the folder does not exist.
    """
    given = configured or os.environ.get(MIRROR_VARIABLE)
    if not given:
        return None
    origin = (
        "data_mirror in the config" if configured else f"environment variable {MIRROR_VARIABLE}"
    )
    if not Path(given).is_dir():
        raise DataError(f"the data mirror {given!r} ({origin}) is not a folder; mend or unset it")
    return Path(given)


def check(raw: RawFiles, folder: Path, remedy: str) -> bool:
    """Return whether all files of a source are in a folder; each that is must be the right one.

    Raises DataError naming the first file with another SHA-256, and the remedy.
    """
    present = {path: digest for path, digest in raw.paths.items() if (folder / path).is_file()}
    for path, digest in present.items():
        if digest is None:
            continue
        found = sha256(folder / path)
        if found != digest:
            size = (folder / path).stat().st_size
            raise DataError(
                f"{folder / path} is damaged or not {raw.title} ({size} bytes, SHA-256 {found}, "
                f"expected {digest}); {remedy}"
            )
    return len(present) == len(raw.digests)


def check_before_running(raw: RawFiles, data_dir: Path, mirror: Path | None) -> None:
    """Refuse damaged files before any job: in the data folder, or in the mirror that would fill it.

    Raises DataError that names the file, or the folder that the mirror lacks.
    """
    if check(raw, data_dir, FETCHED_ANEW):
        return
    if mirror and not check(raw, mirror, "mend the mirror, or unset it"):
        raise DataError(
            f"the data mirror {mirror} lacks {raw.folder} of {raw.title}; put {raw.names} there, or "
            "unset it to have them downloaded"
        )


def pool_file(source: str) -> Path | None:
    """Return where the workflow keeps the pool of a source, None for data that is made from seeds."""
    return Path(f"results/data/{source}.npz") if source in raw_files() else None


def check_pool(pool: Path, source: str) -> None:
    """Refuse a pool that somebody names and that is not there, or is of another source.

    What it was made from is told by the note beside it, if there is one. Raises DataError.
    """
    default = pool_file(source)
    if not pool.is_file():
        leave = f", or leave --pool out to use {default}" if default else ""
        raise DataError(f"--pool {pool} is not there; give a file that relaxpen data wrote{leave}")
    note = pool.with_suffix(".json")
    try:
        files = json.loads(note.read_bytes())["files"] if note.is_file() else {}
        names = [Path(name) for name in files]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{note} is damaged; delete it, and run relaxpen data again") from None
    titles = {raw[0] for name in names if (raw := known_file(name))}
    if source in raw_files() and titles - {raw_files()[source].title}:
        raise DataError(
            f"--pool {pool} was made from {', '.join(sorted(titles))}, and data.source is {source}; "
            f"leave --pool out to use {default}"
        )
