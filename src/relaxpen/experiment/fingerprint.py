"""A digest of the code that results depend on."""

import ast
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
# What a number of a run depends on; prose, plotting and the workflow are not among it.
SOURCES = (
    "method",
    "problems",
    "experiment/build.py",
    "experiment/instances.py",
    "experiment/measure.py",
    "experiment/runs.py",
    "experiment/streams.py",
)


def fingerprint(package: Path = PACKAGE) -> str:
    """Return the SHA-256 of the syntax trees of the code behind a run, docstrings left out.

    Comments, layout and docstrings do not change it; a number does.
    """
    digest = hashlib.sha256()
    for source in SOURCES:
        path = package / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(package)}\0{_bare_tree(file)}\0".encode())
    return digest.hexdigest()


def _bare_tree(file: Path) -> str:
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_prose(body[0]):
            node.body = body[1:]
    return ast.dump(tree)


def _is_prose(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
