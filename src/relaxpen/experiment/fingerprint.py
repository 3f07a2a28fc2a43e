"""Digests of the code that results depend on, one for each rule that computes.

A rule's code is every definition that its entries reach, directly or not: functions, classes and
what is assigned in modules, wherever they lie. Definitions that cannot change a number are left out:
what they hold is in the settings or in the digests of files, or they only refuse.
"""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from relaxpen.experiment.definitions import Code, Definition
from relaxpen.experiment.reach import Reached, reach

PACKAGE = Path(__file__).resolve().parent.parent
ARRAYS = ("experiment.instances.load", "experiment.instances.save")
WRITTEN = "experiment.record.write_run"
CLEANING = (
    "experiment.instances.load_arrays",
    "experiment.tensors.build_instance",
    WRITTEN,
)
ENTRIES = {
    "pool": ("experiment.pool.read_pool", "experiment.instances.save"),
    "split": ("experiment.splits.make_split", *ARRAYS),
    "corrupt_labels": ("experiment.labels.make_labels", *ARRAYS),
    "run": ("experiment.runs.run_method", *CLEANING),
    "references": ("experiment.references.run_references", *CLEANING),
    "comparison": ("experiment.comparison.runs.run_cleaning", *CLEANING),
    "agreement": ("experiment.comparison.agreement.run_agreement", *CLEANING),
    "selection": ("experiment.comparison.selection.run_selection", *CLEANING),
    "group_lasso": (
        "experiment.penalized.load.load_tasks",
        "experiment.penalized.group_lasso.run_group_lasso",
        "experiment.comparison.dispatch.until_unsolvable",
        WRITTEN,
    ),
    "distillation": (
        "experiment.penalized.load.load_parts",
        "experiment.penalized.distillation.run_distillation",
        WRITTEN,
    ),
    "collect_runs": ("experiment.collect.collect_study",),
    "table": ("experiment.tables.write_table",),
    "figure": ("experiment.figures.write_figure",),
    "collect_runs_comparison": ("experiment.comparison.collect.collect_comparison",),
    "table_comparison": ("experiment.comparison.tables.write_table",),
    "figure_comparison": ("experiment.comparison.figures.write_figure",),
    "claims": ("claims.page.write_claims",),
    "bench": (
        "experiment.bench.bench",
        "experiment.bench.manifest_share",
        "experiment.bench_kernels.bench_kernels",
    ),
    "precision": ("experiment.precision.report",),
}
# Definitions, or modules of them, that make no number with all that they call, and why: nothing is
# followed through them. Of pydantic models the fields are left out wherever they are.
NEUTRAL = {
    "inputs": "refuses; what it lets through is digested as values",
    "experiment.identity": "says on which machine",
    "experiment.differences": "says in what settings differ",
    "experiment.settings.resolve": "settings are digested as values",
    "experiment.studies": "says which settings are run; each run has its own",
    "experiment.comparison.studies": "says which settings are run; each run has its own",
    "experiment.instances.data_files": "says where files lie",
    "experiment.instances.seed_file": "says where files lie",
    "experiment.data_sources": "obtains files whose digests are known",
    "experiment.files": "writes what it is given; digests say what that was",
    "experiment.record.is_current": "says whether a run was made before",
    "experiment.manifest": "says what was made; nothing is made from it",
    "experiment.machine": "says where and with what",
    "experiment.fingerprint": "says by what code",
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
def fingerprint(rule: str, package: Path = PACKAGE) -> str:
    """Return the SHA-256 of the definitions behind a rule.

    Comments, layout, docstrings and where a definition lies do not change it; a number does.
    """
    return _reached(rule, package).digest()


def definitions(rule: str, package: Path = PACKAGE) -> list[Definition]:
    """Return the definitions behind a rule, sorted, such as "method.masks.nearest"."""
    return sorted(_reached(rule, package).contents)


def packages(rule: str, package: Path = PACKAGE) -> dict[str, str | None]:
    """Return the version of every other package that the code of a rule uses, by its name.

    The version is None where a package is not installed.
    """
    modules = {name.split(".")[0] for name in _reached(rule, package).outside}
    modules -= sys.stdlib_module_names | OF_VALUES
    names, waiting = set[str](), [DISTRIBUTIONS.get(module, module) for module in modules]
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting += BEHIND.get(name, ())
    return {name: _version(name) for name in sorted(names, key=str.lower)}


def planned(rule: str) -> list[str]:
    """Return what Snakemake is to run a rule again for: its code, and the versions it uses."""
    return [fingerprint(rule), *(f"{name}=={found}" for name, found in packages(rule).items())]


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def _reached(rule: str, package: Path) -> Reached:
    return reach(_code(package), ENTRIES[rule], is_neutral)


@cache
def _code(package: Path) -> Code:
    return Code(package)


def is_neutral(one: Definition) -> bool:
    """Return whether a definition is neutral, or one of a module that is."""
    parts = str(one).split(".")
    return any(".".join(parts[: number + 1]) in NEUTRAL for number in range(len(parts)))
