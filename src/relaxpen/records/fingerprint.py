"""Digests of the code that results depend on.

The code behind a result is every definition that its entries reach, directly or not: functions,
classes and what is assigned in modules, wherever they lie. Registries are not followed: what settings
choose from one is an entry of its own. Definitions that cannot change a number are left out: what they
hold is in the settings or in the digests of files, or they only refuse.
"""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from relaxpen.records.definitions import Code, Definition
from relaxpen.records.reach import Reached, reach

PACKAGE = Path(__file__).resolve().parent.parent
Entries = tuple[str, ...]  # full dotted names
# Definitions, or modules of them, that make no number with all that they call, and why: nothing is
# followed through them. Of settings, which are pydantic models, the fields are left out wherever they
# are.
NEUTRAL = {
    "inputs": "refuses; what it lets through is digested as values",
    "data.instances.data_files": "says where files lie",
    "data.instances.parts_of": "says where files lie",
    "data.rules": "says by what code",
    "records.differences": "says in what settings differ",
    "records.files": "writes what it is given; digests say what that was",
    "records.fingerprint": "says by what code",
    "records.identity": "says on which machine",
    "records.index.seed_file": "says where files lie",
    "records.machine": "says where and with what",
    "records.manifest": "says what was made; nothing is made from it",
    "records.record.is_current": "says whether a run was made before",
    "records.rule": "says by what code",
    "studies.contenders": "says which settings are run; each run has its own",
    "studies.points": "says which settings are run; each run has its own",
    "studies.study": "says which settings are run; each run has its own",
    "tasks.resolve.resolve": "completes settings, which are digested as values",
    "tasks.rules": "says by what code",
    "tasks.task.Drawing": "names an entry; what it holds is given to its rule",
    "tasks.task.Table": "names an entry; what it holds is given to its rule",
    "tasks.task.Task": "names entries; what it holds is given to their rules",
    "tasks.task.imported": "imports an entry by its name",
}
# Packages that are not called what their modules are.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "PyYAML"}
# What a package computes or writes with, and code that uses it does not name.
BEHIND = {
    "scipy": ("numpy",),
    "pandas": ("numpy", "pyarrow"),
    "scikit-learn": ("numpy", "scipy"),
    "cleanlab": ("scikit-learn", "pandas"),
    "torchvision": ("torch", "pillow"),
    "matplotlib": ("numpy", "pillow"),
    "seaborn": ("matplotlib", "pandas"),
}
OF_VALUES = {"pydantic"}  # reads settings, which are digested as values


@cache
def fingerprint(entries: Entries, package: Path = PACKAGE) -> str:
    """Return the SHA-256 of the definitions behind some entries.

    Comments, layout, docstrings and where a definition lies do not change it; a number does.
    """
    return _reached(entries, package).digest()


def definitions(entries: Entries, package: Path = PACKAGE) -> list[Definition]:
    """Return the definitions behind some entries, sorted."""
    return sorted(_reached(entries, package).contents)


@cache
def packages(entries: Entries, package: Path = PACKAGE) -> dict[str, str | None]:
    """Return the version of every other package that the code behind entries uses, by its name.

    The version is None where a package is not installed.
    """
    modules = {name.split(".")[0] for name in _reached(entries, package).outside}
    modules -= sys.stdlib_module_names | OF_VALUES
    names, waiting = set[str](), [DISTRIBUTIONS.get(module, module) for module in modules]
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting += BEHIND.get(name, ())
    return {name: _version(name) for name in sorted(names, key=str.lower)}


def is_neutral(one: Definition) -> bool:
    """Return whether a definition is neutral, or one of a module that is."""
    parts = str(one).split(".")
    return any(".".join(parts[: number + 1]) in NEUTRAL for number in range(len(parts)))


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def _reached(entries: Entries, package: Path) -> Reached:
    code = _code(package)
    return reach(code, entries, lambda one: is_neutral(one) or code.is_registry(one))


@cache
def _code(package: Path) -> Code:
    return Code(package)
