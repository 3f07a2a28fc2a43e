"""Files that are whole or absent, and their digests."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DRAFT = re.compile(r"\..+\.\d+\.draft")  # what files and folders are called until they are whole
MADE = ("results", "figures", "data")  # the folders whose files can be made again


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its name only if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON with sorted keys; nan becomes null."""
    with whole(path) as draft:
        draft.write_text(json.dumps(_without_nan(value), indent=1, sort_keys=True) + "\n")


def remedy(path: Path) -> str:
    """Return what to do about a damaged file or folder; only what this project makes is deleted."""
    ours = [Path(folder).resolve() for folder in MADE]
    if any(folder in path.resolve().parents for folder in ours):
        return f"delete {path} and run again"
    return "give another, or make it again with the command that wrote it"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, a hexadecimal string."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
