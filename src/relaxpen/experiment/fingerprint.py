"""Digests of the code that results depend on, one for each rule that computes.

A rule's code is its entry modules and every module of this package that they import, directly or
not. Modules that cannot change a number are left out: what they hold is in the settings or in the
digests of files, or they only refuse.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ENTRIES = {
    "pool": ("experiment.pool",),
    "split": ("experiment.splits",),
    "corrupt_labels": ("experiment.labels",),
    "run": ("experiment.runs", "experiment.tensors"),
    "references": ("experiment.references", "experiment.tensors"),
    "comparison": ("experiment.comparison.runs", "experiment.tensors"),
    "agreement": ("experiment.comparison.agreement", "experiment.tensors"),
    "selection": ("experiment.comparison.selection", "experiment.tensors"),
    "group_lasso": ("experiment.penalized.group_lasso", "experiment.penalized.load"),
    "distillation": ("experiment.penalized.distillation", "experiment.penalized.load"),
    "collect_runs": ("experiment.collect",),
    "table": ("experiment.tables",),
    "figure": ("experiment.figures",),
    "collect_runs_comparison": ("experiment.comparison.collect",),
    "table_comparison": ("experiment.comparison.tables",),
    "figure_comparison": ("experiment.comparison.figures",),
    "claims": ("claims.page",),
    "bench": ("experiment.bench", "experiment.bench_kernels"),
    "precision": ("experiment.precision",),
}
# No number of a result comes from these, apart from settings, which are digested as values.
NEUTRAL = frozenset(
    f"experiment.{name}"
    for name in (
        "settings",
        "studies",
        "prepare",
        "files",
        "data_files",
        "data_settings",
        "data_sources",
        "packaged_data",
        "manifest",
        "machine",
        "comparison.methods",
        "comparison.settings",
        "comparison.estimator_settings",
        "comparison.studies",
        "comparison.contenders",
        "penalized.settings",
    )
) | {f"inputs.{name}" for name in ("errors", "models", "suggestions", "yaml_files")}


@cache
def fingerprint(rule: str, package: Path = PACKAGE) -> str:
    """Return the SHA-256 of the syntax trees of the code behind a rule, docstrings left out.

    Comments, layout and docstrings do not change it; a number does.
    """
    digest = hashlib.sha256()
    for name in modules(rule, package):
        digest.update(f"{name}\0{_bare_tree(_file(name, package))}\0".encode())
    return digest.hexdigest()


def modules(rule: str, package: Path = PACKAGE) -> list[str]:
    """Return the names of the modules behind a rule, sorted, such as "method.masks"."""
    found: set[str] = set()
    waiting = list(ENTRIES[rule])
    while waiting:
        name = waiting.pop()
        if name not in found | NEUTRAL:
            found.add(name)
            waiting += _imports(_file(name, package), package)
    return sorted(found)


def _imports(file: Path, package: Path) -> list[str]:
    """Return the modules of this package that a file imports, at its top or inside a function."""
    names = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
    inside = [name.removeprefix("relaxpen.") for name in names if name.startswith("relaxpen.")]
    return [name for name in inside if _file(name, package).is_file()]


def _file(name: str, package: Path) -> Path:
    return package / (name.replace(".", "/") + ".py")


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
