"""The lock of the reference: one digest over all its manifests and what lies beside them."""

import hashlib
import json

from relaxpen.audit.store import ARCHIVE, LOCK, README, Store
from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.manifest import Manifest


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
    try:
        lock = json.loads(LOCK.read_text())
        leaves, root = lock["leaves"], lock["root"]
    except (OSError, ValueError, KeyError):
        return [f"{LOCK} is missing or damaged; restore it from git"]
    found = _leaves(store, manifests)
    problems = [
        f"{path} is not as {LOCK} says"
        for path in sorted(leaves.keys() | found.keys())
        if leaves.get(path) != found.get(path)
    ]
    return problems + ([] if merkle_root(leaves) == root else [f"{LOCK}: the root is wrong"])


def _leaves(store: Store, manifests: dict[str, Manifest]) -> dict[str, str]:
    leaves = {name: store.digest(name) for name in manifests}
    return leaves | {path.as_posix(): sha256(path) for path in (ARCHIVE, README)}
