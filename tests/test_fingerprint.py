"""Fingerprints by definition: what changes them, for which rules, and what does not."""

import ast
import shutil
import sys
from dataclasses import replace
from importlib.metadata import packages_distributions
from itertools import count

import pytest

from known_rules import RULES
from relaxpen.data.rules import pool_rule
from relaxpen.records import fingerprint as fingerprints
from relaxpen.records.definitions import Code
from relaxpen.records.fingerprint import (
    NEUTRAL,
    PACKAGE,
    definitions,
    fingerprint,
    is_neutral,
)
from relaxpen.records.machine import software_facts
from relaxpen.records.syntax import read_module
from relaxpen.studies.points import expand
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.rules import run_rule
from small_jobs import studies

SCHEDULES, MASKS = "method/schedules.py", "method/masks.py"
KINDS, PEERS = "tasks/cleaning/kinds.py", "tasks/peers/settings.py"
OUTER, ROUNDS = "tasks/rounds.py", "tasks/rounds_settings.py"
GROUPS = "tasks/groups/run.py"
THESIS = "tasks/thesis/settings.py"
NUMBERS = count()
PULLED = ("VALUE_DIFFERENCE", "CONTROLLED")  # the estimators that have a strength
OF_IMAGES = ("split", "corrupt_labels", "run", "references", "comparison")
WITH_RATES = {"run", "bench", "comparison", "agreement"}  # whose steps are Frank-Wolfe's


def named(name):
    """The rules of a name."""
    return [rule for rule in RULES if rule.name == name]


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
    return {one for one in RULES if fingerprint(one.entries, now) != fingerprint(one.entries)}


def rules_of(names):
    """The rules of some names; after a name, only those with an entry that is called so."""
    return {
        one
        for one in RULES
        if one.name in names
        or any(f"{one.name} {entry.rpartition('.')[2]}" in names for entry in one.entries)
    }


# Comments, names that nothing uses, values of settings, which are digested as such, and refusals.
NO_NUMBER = [
    (SCHEDULES, ("no unit", "without a unit")),
    (SCHEDULES, ("\n\n\nclass Schedule", "\n\n\n_UNUSED = 1\n\n\n# a comment\nclass Schedule")),
    (THESIS, ("Field(0.1, gt=0", "Field(0.2, gt=0")),
    (THESIS, ("if smallest == 0", "if smallest == 1")),
    ("tasks/groups/settings.py", ("Field(500, ge=1", "Field(501, ge=1")),
]
CHANGES = {
    "a number": ([(SCHEDULES, ("2.0 / (step", "2.1 / (step"))], WITH_RATES),
    "a property of settings": (
        [(ROUNDS, ("gcd(*self.round_lengths)", "1 + gcd(*self.round_lengths)"))],
        # Their tables read settings of which it is a property.
        {"group_lasso", "distillation"}
        | {f"table {name}" for task in ("groups", "distillation") for name in TASKS[task].tables},
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
        {*WITH_RATES, "group_lasso", "distillation", "precision"},
    ),
    "a method that settings choose": (
        [("method/peers/saba.py", ("v - rho * (", "v + rho * ("))],
        {"comparison Saba", "selection Saba"},
    ),
    "an estimator that settings choose": (
        [("method/value_difference.py", ("else 1) * self", "else 3) * self"))],
        {f"{rule} {kind}" for rule in ("comparison", "agreement") for kind in PULLED},
    ),
    "the scale of a source": (
        [("data/sources/mnist.py", ("WHITE = 255.0", "WHITE = 256.0"))],
        {f"{rule} {data}" for rule in OF_IMAGES for data in ("MnistData", "FashionMnistData")},
    ),
    "what makes a table": (
        [("tasks/selection/tables.py", ("last_loss > finished", "last_loss >= finished"))],
        {"table selected"},
    ),
    "where runs stand in a summary": (
        [("studies/columns.py", ('"cell": None', '"cell": ""'))],
        {"collect_runs", "table"},
    ),
}


def test_what_makes_no_number_changes_no_fingerprint(copy):
    for path, replaced in NO_NUMBER:
        rewrite(copy, path, replaced)
    assert changed(copy) == set()


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_which_fingerprints(copy, change):
    edits, names = CHANGES[change]
    for path, replaced in edits:
        rewrite(copy, path, replaced)
    assert changed(copy) == rules_of(names)


def test_a_module_that_is_renamed_changes_nothing(copy):
    (copy / SCHEDULES).rename(copy / "problems/rates.py")
    for path in copy.rglob("*.py"):
        text = path.read_text().replace("relaxpen.method.schedules", "relaxpen.problems.rates")
        path.write_text(text)
    assert changed(copy) == set()
    rewrite(copy, "problems/rates.py", ("2.0 / (step", "2.1 / (step"))
    assert changed(copy) == rules_of(WITH_RATES)


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
        "tasks/thesis/measure.py",
        (old, ""),
        ("        loss, accuracy =", f"        {kept}        loss, accuracy ="),
    )
    assert changed(copy) == set()
    for rule in named("run"):
        assert "method.far.fractionality" in map(str, definitions(rule.entries, copy))


def test_an_estimator_that_is_added_changes_no_rule_that_is_there(copy):
    (copy / "method/zero.py").write_text(
        '"""No gradient."""\n\n\nclass Zero:\n    """Nothing."""\n\n    def estimate(self, problem):'
        "\n        return None\n"
    )
    build = """
def _zero(method, num_hyper):
    from relaxpen.method.zero import Zero

    return Zero()


ZERO = Kind(_zero)
RANDOM ="""
    rewrite(
        copy,
        KINDS,
        ("\nRANDOM =", build),
        ('        "exact": EXACT,\n', '"exact": EXACT, "zero": ZERO'),
    )
    assert changed(copy) == set()
    study = studies()["cleaning"]
    random = next(one for one in expand(study) if one.method == "random")
    entries = run_rule(study.of_task, random.method, random.settings).entries
    added = tuple(entry.replace("kinds.RANDOM", "kinds.ZERO") for entry in entries)
    assert added != entries
    assert "method.zero.Zero" in map(str, definitions(added, copy))
    before = fingerprint(added, shutil.copytree(copy, copy.with_name("before")))
    rewrite(copy, "method/zero.py", ("return None", "return 0"))
    assert fingerprint(added, shutil.copytree(copy, copy.with_name("after"))) != before


def test_a_method_that_is_added_changes_no_rule_that_is_there(copy):
    (copy / "method/peers/zero.py").write_text(
        '"""Nothing."""\n\n\nclass Zero:\n    """Nothing."""\n'
    )
    settings = """
class Zero(PeerSettings):
    name: Literal["zero"] = "zero"

    def build(self, problem):
        from relaxpen.method.peers.zero import Zero

        return Zero()


PEERS:"""
    rewrite(copy, PEERS, ("\nPEERS:", settings), ('"soba": Soba,', '"zero": Zero, "soba": Soba,'))
    assert changed(copy) == set()


def test_a_source_that_is_added_changes_no_rule_that_is_there(copy):
    text = (copy / "data/sources/synthetic.py").read_text()
    for old, new in (("SYNTHETIC", "OTHER"), ("Synthetic", "Other"), ("synthetic", "other")):
        text = text.replace(old, new)
    (copy / "data/sources/other.py").write_text(text)
    line = "from relaxpen.data.sources.synthetic import SYNTHETIC\n"
    rewrite(
        copy,
        "data/sources/all_sources.py",
        (line, f"from relaxpen.data.sources.other import OTHER\n{line}"),
        ('"synthetic": SYNTHETIC,', '"synthetic": SYNTHETIC, "other": OTHER,'),
    )
    assert changed(copy) == set()


def test_what_a_table_is_given_is_part_of_its_rule_alone():
    task = TASKS["thesis"]
    tables = dict(task.tables)
    tables["final"] = tables["final"]._replace(columns=tables["final"].columns[1:])
    other = replace(task, tables=tables, metrics=task.metrics[1:])
    assert {name for name in tables if differs(table_rule, task, other, name)} == {"final"}
    assert collect_rule(other).code != collect_rule(task).code
    assert not any(differs(figure_rule, task, other, name) for name in task.figures)


def differs(rule, task, other, name):
    return rule(task, name).code != rule(other, name).code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from relaxpen.method.masks import *", "cannot be followed; import names"),
        ("from .masks import fractionality", "cannot be followed; import names"),
        ("import importlib\nX = importlib.import_module(str(1))", "cannot be followed; name"),
    ],
)
def test_what_cannot_be_followed_is_refused(copy, line, said):
    rewrite(copy, "tasks/thesis/run.py", ("\n\n\ndef", f"\n{line}\n\n\ndef"))
    rewrite(copy, "tasks/thesis/run.py", ("    problem =", "    X\n    problem ="))
    with pytest.raises(ValueError, match=said):
        fingerprint(named("run")[0].entries, copy)


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
        "display/style.py": ["matplotlib.use('Agg')"],
    }


def test_entries_and_neutral_names_are_there_and_apart():
    code = Code(PACKAGE)
    for rule in RULES:
        assert all(code.find(name) for name in rule.entries)
        assert [one for one in definitions(rule.entries) if is_neutral(one)] == [], rule
    for name, reason in NEUTRAL.items():
        path = PACKAGE / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file() or code.find(f"relaxpen.{name}")
        assert reason


def test_packages_are_those_that_the_code_of_a_rule_uses():
    installed = {name for names in packages_distributions().values() for name in names}
    for rule in RULES:
        assert set(rule.versions) <= installed
        assert None not in rule.versions.values()
    for rule in named("comparison"):
        assert {"cleanlab", "scikit-learn", "numpy", "torch"} <= set(rule.versions)
    assert {"torchvision", "torch"} <= set(pool_rule("mnist").versions)
    assert "scikit-learn" in pool_rule("ijcnn1").versions
    assert "cleanlab" not in {name for rule in named("run") for name in rule.versions}
    for rule in named("figure"):
        assert {"seaborn", "matplotlib", "pandas"} <= set(rule.versions)
    assert "matplotlib" not in {name for rule in named("table") for name in rule.versions}


def test_another_version_of_a_package_is_another_key_where_it_is_used(tmp_path, monkeypatch):
    def versions(rule):
        return rule.planned(), software_facts() | rule.versions

    before = {rule: versions(rule) for rule in RULES}
    other = tmp_path / "cleanlab-9.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cleanlab\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(tmp_path)
    clear()
    try:
        after = {rule: versions(rule) for rule in RULES}
    finally:
        monkeypatch.undo()
        clear()
    differ = {rule for rule in RULES if before[rule] != after[rule]}
    assert differ == rules_of({"comparison"})
    for rule in differ:
        assert after[rule][1]["cleanlab"] == "9.9"
        assert sys.version.startswith(after[rule][1]["python"])


def clear():
    """Have versions asked for again."""
    fingerprints._version.cache_clear()
    fingerprints.packages.cache_clear()
