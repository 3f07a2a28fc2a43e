"""The archive of manifests that the reference keeps: written the same way, read with suspicion."""

import io
import lzma
import tarfile
from pathlib import Path, PurePosixPath

from relaxpen.experiment.files import whole
from relaxpen.inputs.errors import DataError


def write_archive(path: Path, names: list[str]) -> None:
    """Write an archive of files; the same files give the same bytes."""
    with whole(path) as draft, tarfile.open(draft, "w:xz", preset=9) as archive:
        for name in sorted(names):
            entry = tarfile.TarInfo(name)
            content = Path(name).read_bytes()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the bytes of each file of an archive by its name.

    Raises DataError if it is missing or damaged, or holds anything but files of results, each once.
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:xz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or not _is_result(member.name) or member.name in found:
                    raise DataError(
                        f"{path} holds {member.name!r}, which is no manifest of a result or stands "
                        "twice; restore it from git"
                    )
                found[member.name] = content.read()
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise DataError(f"{path} is missing or damaged ({error}); restore it from git") from None
    return found


def _is_result(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[:1] == ("results",) and ".." not in parts and name.endswith(".json")
