"""Fingerprints by definition: what changes them, for which rules, and what does not."""

import ast
import shutil
import sys
from importlib.metadata import packages_distributions
from itertools import count

import pytest
from relaxpen.experiment import fingerprint as fingerprints
from relaxpen.experiment.definitions import Code
from relaxpen.experiment.fingerprint import (
    ENTRIES,
    NEUTRAL,
    PACKAGE,
    definitions,
    fingerprint,
    is_neutral,
    packages,
    planned,
)
from relaxpen.experiment.machine import software_facts
from relaxpen.experiment.syntax import read_module

SCHEDULES, MASKS = "method/schedules.py", "method/masks.py"
ESTIMATORS = "experiment/comparison/estimator_settings.py"
BUILD = "experiment/comparison/build.py"
OUTER = "experiment/penalized/outer.py"
PENALIZED = "experiment/penalized/settings.py"
GROUPS = "experiment/penalized/group_lasso.py"
NUMBERS = count()
WITH_RATES = {"run", "bench", "comparison", "agreement"}  # whose steps are Frank-Wolfe's


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, to be changed."""
    return shutil.copytree(PACKAGE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))


def rewrite(folder, path, *replaced):
    text = (folder / path).read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / path).write_text(text)


def changed(folder):
    """The rules whose fingerprint is another one; in a copy, as modules are read once."""
    now = folder.with_name(f"{folder.name}-{next(NUMBERS)}")
    shutil.copytree(folder, now)
    return {rule for rule in ENTRIES if fingerprint(rule, now) != fingerprint(rule)}


# Comments, names that nothing uses, values of settings, which are digested as such, and refusals.
NO_NUMBER = [
    (SCHEDULES, ("no unit", "without a unit")),
    (SCHEDULES, ("\n\n\nclass Schedule", "\n\n\n_UNUSED = 1\n\n\n# a comment\nclass Schedule")),
    ("experiment/settings.py", ("Field(0.1, gt=0", "Field(0.2, gt=0")),
    ("experiment/settings.py", ("if smallest == 0", "if smallest == 1")),
    (PENALIZED, ("Field(500, ge=1", "Field(501, ge=1")),
]
CHANGES = {
    "a number": ([(SCHEDULES, ("2.0 / (step", "2.1 / (step"))], WITH_RATES),
    "a property of settings": (
        [(PENALIZED, ("gcd(*self.round_lengths)", "1 + gcd(*self.round_lengths)"))],
        {"group_lasso", "distillation", "table_comparison"},
    ),
    "what is imported under a name": (
        [(GROUPS, ("import linear_sum_assignment", "import linprog as linear_sum_assignment"))],
        {"group_lasso"},
    ),
    "names of two definitions": (
        [
            (OUTER, ("import Constant, GeometricDecay", "import A as Constant, Constant as A")),
            (OUTER, ("import A as Constant, ", "import GeometricDecay as Constant, ")),
            (OUTER, ("Constant as A", "Constant as GeometricDecay")),
        ],
        {"group_lasso", "distillation"},
    ),
    "what a module does on import": (
        [("method/penalty.py", ("\n\n\n", "\n\nTensor.__len__ = None\n\n\n"))],
        {*WITH_RATES, "group_lasso", "distillation", "precision", "selection"},
    ),
}


def test_what_makes_no_number_changes_no_fingerprint(copy):
    for path, replaced in NO_NUMBER:
        rewrite(copy, path, replaced)
    assert changed(copy) == set()


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_which_fingerprints(copy, change):
    edits, rules = CHANGES[change]
    for path, replaced in edits:
        rewrite(copy, path, replaced)
    assert changed(copy) == rules


def test_a_module_that_is_renamed_changes_nothing(copy):
    (copy / SCHEDULES).rename(copy / "problems/rates.py")
    for path in copy.rglob("*.py"):
        text = path.read_text().replace("relaxpen.method.schedules", "relaxpen.problems.rates")
        path.write_text(text)
    assert changed(copy) == set()
    rewrite(copy, "problems/rates.py", ("2.0 / (step", "2.1 / (step"))
    assert changed(copy) == WITH_RATES


def test_a_definition_that_is_moved_changes_nothing(copy):
    """Behind a name that stays, and under its new full name, at the top and inside a function."""
    text = (copy / MASKS).read_text()
    start = text.index("def fractionality")
    end = text.find("\n\n\n", start)
    moved = text[start:] if end < 0 else text[start:end]
    (copy / "method/far.py").write_text(
        f'"""Far."""\n\nimport torch\nfrom torch import Tensor\n\n\n{moved}\n'
    )
    kept = "from relaxpen.method.far import fractionality\n"
    (copy / MASKS).write_text(text.replace(moved, kept))
    old = "from relaxpen.method.masks import fractionality\n"
    rewrite(copy, OUTER, (old, "from relaxpen.method.far import fractionality\n"))
    rewrite(
        copy,
        "experiment/measure.py",
        (old, ""),
        ("        loss, accuracy =", f"        {kept}        loss, accuracy ="),
    )
    assert changed(copy) == set()
    assert "method.far.fractionality" in map(str, definitions("run", copy))


def test_an_estimator_that_is_added_changes_the_rules_that_choose_among_estimators(copy):
    (copy / "method/zero.py").write_text(
        '"""No gradient."""\n\n\nclass Zero:\n    """Nothing."""\n\n    def estimate(self, problem):'
        "\n        return None\n"
    )
    assert changed(copy) == set()
    rewrite(copy, ESTIMATORS, ('"controlled", "exact"\n', '"controlled", "exact", "zero"\n'))
    assert changed(copy) == set()
    rewrite(
        copy,
        BUILD,
        (
            "    law = LAWS",
            '    if method.estimator == "zero":\n        return Zero()\n    law = LAWS',
        ),
        ("import UnitBox\n", "import UnitBox\nfrom relaxpen.method.zero import Zero\n"),
    )
    assert changed(copy) == {"comparison", "agreement"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from relaxpen.method.masks import *", "cannot be followed; import names"),
        ("from .masks import fractionality", "cannot be followed; import names"),
        ("import importlib\nX = importlib.import_module(str(1))", "cannot be followed; name"),
    ],
)
def test_what_cannot_be_followed_is_refused(copy, line, said):
    rewrite(copy, "experiment/runs.py", ("\n\n\ndef", f"\n{line}\n\n\ndef"))
    rewrite(copy, "experiment/runs.py", ("    problem =", "    X\n    problem ="))
    with pytest.raises(ValueError, match=said):
        fingerprint("run", copy)


def test_no_code_finds_other_code_by_means_that_are_not_followed():
    unseen = ("__subclasses__", "__init_subclass__", "globals()", "eval(", "exec(", "__import__")
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert not [word for word in unseen if word in text], path


def test_modules_do_nothing_on_import_but_define():
    """A process imports more than a rule reaches: what that did would be seen by no fingerprint."""
    does = {}
    for path in PACKAGE.rglob("*.py"):
        if found := read_module(path.read_text()).effects:
            does[path.relative_to(PACKAGE).as_posix()] = list(map(ast.unparse, found))
    assert does == {
        "__main__.py": ["raise SystemExit(main())"],
        "experiment/style.py": ["matplotlib.use('Agg')"],
    }


def test_entries_and_neutral_names_are_there_and_apart():
    code = Code(PACKAGE)
    for names in ENTRIES.values():
        assert all(code.find(name) for name in names)
    for name, reason in NEUTRAL.items():
        path = PACKAGE / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file() or code.find(name)
        assert reason
    for rule, names in ENTRIES.items():
        assert [one for one in definitions(rule) if is_neutral(one)] == [], (rule, names)


def test_packages_are_those_that_the_code_of_a_rule_uses():
    installed = {name for names in packages_distributions().values() for name in names}
    for rule in ENTRIES:
        found = packages(rule)
        assert set(found) <= installed
        assert None not in found.values()
    assert {"cleanlab", "scikit-learn", "numpy", "torch"} <= set(packages("comparison"))
    assert {"scikit-learn", "torchvision", "torch"} <= set(packages("pool"))
    assert "cleanlab" not in packages("run")
    assert {"seaborn", "matplotlib", "pandas"} <= set(packages("figure"))
    assert "matplotlib" not in packages("table")


def test_another_version_of_a_package_is_another_key_where_it_is_used(tmp_path, monkeypatch):
    before = {rule: (planned(rule), software_facts(rule)) for rule in ENTRIES}
    other = tmp_path / "cleanlab-9.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cleanlab\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(tmp_path)
    fingerprints._version.cache_clear()
    try:
        after = {rule: (planned(rule), software_facts(rule)) for rule in ENTRIES}
    finally:
        monkeypatch.undo()
        fingerprints._version.cache_clear()
    assert {rule for rule in ENTRIES if before[rule] != after[rule]} == {"comparison"}
    assert after["comparison"][1]["cleanlab"] == "9.9"
    assert sys.version.startswith(after["comparison"][1]["python"])
