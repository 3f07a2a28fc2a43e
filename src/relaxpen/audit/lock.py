"""The lock of the reference: one digest over all its manifests and what lies beside them."""

import hashlib
import json
from pathlib import Path

from relaxpen.audit.store import ARCHIVE, LOCK, README, Store
from relaxpen.records.files import sha256, write_json
from relaxpen.records.manifest import Manifest

BESIDE = (ARCHIVE.as_posix(), README.as_posix())  # locked by the paths at which they lie


def merkle_root(leaves: dict[str, str]) -> str:
    """Return the SHA-256 of the lines ``DIGEST  PATH`` sorted by path, as sha256sum writes them.

    A manifest holds the digests of its outputs and inputs, so that the root stands for all of them.
    """
    lines = [f"{digest}  {path}\n" for path, digest in sorted(leaves.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_lock(store: Store, manifests: dict[str, Manifest]) -> str:
    """Write the lock of a reference and return its root."""
    leaves = _leaves(store, manifests)
    root = merkle_root(leaves)
    write_json(LOCK, {"root": root, "leaves": leaves})
    return root


def lock_problems(store: Store, manifests: dict[str, Manifest]) -> list[str]:
    """Return in what a reference is not as its lock says."""
    if not LOCK.exists():
        return [f"{LOCK} is missing"]
    try:
        lock = json.loads(LOCK.read_text())
        leaves, root = dict(lock["leaves"]), lock["root"]
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{LOCK} is damaged"]
    found = _leaves(store, manifests)
    problems = []
    for name in sorted(leaves.keys() | found.keys()):
        place = name if name in BESIDE else store.shown(name)
        if not found.get(name):
            problems.append(f"{place} is missing; {LOCK} speaks of it")
        elif leaves.get(name) != found[name]:
            problems.append(f"{place} is not as {LOCK} says")
    return problems + ([] if merkle_root(leaves) == root else [f"{LOCK}: the root is wrong"])


def _leaves(store: Store, manifests: dict[str, Manifest]) -> dict[str, str | None]:
    """Return the digest of every manifest and of what lies beside them, None if it is missing."""
    leaves = {name: store.digest(name) for name in manifests}
    beside = {name: sha256(Path(name)) if Path(name).is_file() else None for name in BESIDE}
    return leaves | beside
