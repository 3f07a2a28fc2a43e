"""Failures as one sentence: what was refused at the door, and what the machine could not do."""

import errno
import os
import re
from pathlib import Path

from relaxpen.inputs.errors import DataError, SettingsError

DRAFT = re.compile(r"\..+\.\d+\.draft")  # what files and folders are called until they are whole
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def refusal(error: Exception) -> str | None:
    """Return the sentence for an error that is no fault of the code, None for any other."""
    if isinstance(error, SettingsError | DataError):
        return str(error)
    if isinstance(error, OSError):
        return _explain(error)
    if type(error).__module__.startswith("pyarrow"):
        return f"a file of results is damaged ({error}); delete it and make it again"
    # torch has no class of its own for it
    if isinstance(error, MemoryError | RuntimeError) and (
        isinstance(error, MemoryError) or "memory" in str(error).lower()
    ):
        return (
            "there is not enough memory on this machine for these settings; lower the numbers of "
            "samples, of directions or of rows"
        )
    return None


def _explain(error: OSError) -> str:
    """Return a failure of the file system as one sentence; names of drafts are not shown."""
    if not isinstance(error.filename, str | bytes | os.PathLike):
        return error.strerror or str(error)
    path = Path(os.fsdecode(error.filename))
    drafts = [one for one in (path, *path.parents) if DRAFT.fullmatch(one.name)]
    if not drafts and error.errno not in FORBIDDEN:
        return f"{path}: {error.strerror}"
    if not drafts and path.is_file():
        return f"{path} cannot be read or written ({error.strerror}); mend its permissions"
    folder = drafts[-1].parent if drafts else path
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return (
        f"the folder {folder} cannot be written to ({error.strerror}); give another, or make it one "
        "that can"
    )
