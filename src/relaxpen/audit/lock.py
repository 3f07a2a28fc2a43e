"""The lock of the reference: one digest over all its manifests and what lies beside them."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from relaxpen.audit.store import ARCHIVE, LOCK, README, Store
from relaxpen.records.files import sha256, whole, write_json
from relaxpen.records.machine import committed
from relaxpen.records.manifest import Manifest

NAMED_IN = Path("docs/provenance.md")  # names the root between marks, outside of what it locks
ROOT = re.compile(r"(<!-- root -->`)([0-9a-f]*)(`<!-- end of root -->)")
BESIDE = (ARCHIVE.as_posix(), README.as_posix())  # locked by the paths at which they lie


def merkle_root(leaves: Mapping[str, str | None]) -> str:
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


def name_root(root: str) -> None:
    """Write the root into the page of the documentation that names it, if it is here."""
    if NAMED_IN.is_file():
        text = ROOT.sub(rf"\g<1>{root}\g<3>", NAMED_IN.read_text())
        with whole(NAMED_IN) as draft:
            draft.write_text(text)


def root_problems(given: str | None) -> list[str]:
    """Return which witnesses outside of the lock name another root than it does.

    The witnesses are ``given``, a root that was had elsewhere, the documentation, and the latest
    commit. A lock that names no root is for lock_problems to tell of.
    """
    root = known_root()
    if root is None:
        return []
    page = ROOT.search(NAMED_IN.read_text()) if NAMED_IN.is_file() else None
    witnesses = {
        "that was given": given,
        f"that {NAMED_IN} names": page and page[2],
        "that is committed; commit it, if make reference has just made it": _root(committed(LOCK)),
    }
    return [
        f"{LOCK}: its root is {root[:16]}..., not the {other[:16]}... {witness}"
        for witness, other in witnesses.items()
        if other and other != root
    ]


def known_root() -> str | None:
    """Return the root that the lock names, None if there is none."""
    return _root(LOCK.read_text() if LOCK.is_file() else None)


def _root(text: str | None) -> str | None:
    try:
        root = json.loads(text or "")["root"]
    except (ValueError, KeyError, TypeError):
        return None
    return root if isinstance(root, str) else None


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
