"""What runs is what is fingerprinted: every function that a small job of a rule calls, by definition.

The set behind a fingerprint is read from the syntax; here it is held against what really runs, job by
job: which rule a result has depends on what its settings choose.
"""

import ast
import importlib
import pkgutil
import sys
import threading
from functools import cache
from types import CodeType, FrameType

import pytest

import relaxpen
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.records.definitions import NAME, Code, Definition
from relaxpen.records.fingerprint import PACKAGE, definitions, is_neutral
from relaxpen.records.rule import name_of
from relaxpen.records.syntax import read_module
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.cleaning.kinds import KINDS
from small_jobs import METHODS, STUDIES, small_jobs

# What calls the entries of a rule, and is no part of them.
AROUND = {
    "data.prepare": "hands files to the entries of data, and checks digests",
    "records.index": "says which files are there, and what was in them",
    "studies.batch": "says what identifies a run",
    "studies.jobs": "hands files to the entries, and keeps what they return",
}
# Rules of which a job may leave out an entry that another one has.
IN_PART = {
    "figure": "to write one is what takes long",
    "pool": "songs are half a million rows: a job has fewer, and is refused",
}
DATA = ("pool", "split", "corrupt_labels")
RUNS = tuple(name for task in TASKS.values() for name in task.rules)
SHOWN = ("collect_runs", "table", "figure", "claims")
NAMES = (*DATA, *RUNS, *SHOWN, "bench", "precision")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The definitions of the package that ran in the small jobs of each rule."""
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(relaxpen.__path__, f"{NAME}.")
        if not each.name.endswith("__main__")
    ]
    kept = [value for module in modules for value in vars(module).values()]
    kept = [value for value in kept if hasattr(value, "cache_clear")]
    kept = [value for value in kept if not is_neutral(Definition(value.__module__, ""))]
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("jobs"))
        for rule, job in small_jobs(tmp_path_factory.mktemp("made")):
            for function in kept:  # what is kept would not run again
                function.cache_clear()
            found.setdefault(rule, set()).update(traced(job))
    return found


def traced(job) -> set[Definition]:
    """The definitions of this package that run in a job, in whatever thread."""
    found = set()

    def note(frame, event, argument):  # None: it is not asked about lines
        one = definition_of(frame.f_code)
        if one is not None and one not in found and not beneath_neutral(frame):
            found.add(one)

    before = sys.gettrace()
    threading.settrace(note)
    sys.settrace(note)
    try:
        job()
    finally:
        sys.settrace(before)
        threading.settrace(before)
    return found


def beneath_neutral(frame: FrameType | None) -> bool:
    """Whether a call is one of a neutral definition, or was made by one, directly or not."""
    while frame is not None:
        one = definition_of(frame.f_code)
        if one is not None and neutral(one):
            return True
        frame = frame.f_back
    return False


neutral = cache(is_neutral)
KNOWN: dict[int, tuple[CodeType, Definition | None]] = {}  # a code's own hash reads all of it


def definition_of(code: CodeType) -> Definition | None:
    """The definition at the top of its module that code stands in, None if it is not of this package."""
    if id(code) not in KNOWN:
        ours = code.co_filename.startswith(f"{PACKAGE}/")
        KNOWN[id(code)] = (code, stands_in(code) if ours else None)
    return KNOWN[id(code)][1]


def stands_in(code: CodeType) -> Definition:
    """The definition that code of this package stands in."""
    path = PACKAGE.joinpath(code.co_filename)
    parts = [NAME, *path.relative_to(PACKAGE).with_suffix("").parts]
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    for defined, statements in read_module(path.read_text()).definitions.items():
        for statement in statements:
            heads = [statement, *getattr(statement, "decorator_list", [])]
            first = min(head.lineno for head in heads)
            if first <= code.co_firstlineno <= statement.end_lineno:
                return Definition(name, defined)
    raise AssertionError(f"{code} stands in no definition")


@pytest.mark.parametrize("name", NAMES)
def test_what_runs_is_behind_the_fingerprint(ran, name):
    rules = [rule for rule in ran if rule.name == name]
    assert rules
    for rule in rules:
        missing = {one for one in ran[rule] - behind(rule.entries) if not is_around(one)}
        assert not missing, (
            f"{rule} runs {', '.join(sorted(map(str, missing)))}, which its fingerprint does not see: "
            "let an entry of the rule reach it, or say in NEUTRAL why it makes no number"
        )


@pytest.mark.parametrize("name", NAMES)
def test_small_jobs_begin_where_the_rule_does(ran, name):
    for rule, begun in ran.items():
        if rule.name != name:
            continue
        if name in IN_PART:
            begun = set().union(*(some for other, some in ran.items() if other.name == name))
        entries = {code().find(entry) for entry in rule.entries}
        assert {one for one in entries if is_function(one)} <= begun, rule
    assert all(is_function(code().find(rule.entries[0])) for rule in ran)


def test_there_is_a_small_job_of_all_that_settings_choose(ran):
    assert {rule.name for rule in ran} == set(NAMES)
    for task in TASKS.values():
        shown = [table_rule(task, name) for name in task.tables]
        shown += [figure_rule(task, name) for name in task.figures]
        assert {*shown, collect_rule(task)} <= set(ran)
        entries = entries_of(ran, *task.rules)
        assert {name_of(one) for one in task.methods.values() if one} <= entries
        assert {task.run, task.load, name_of(task.settings)} <= entries
        assert {name_of(SOURCES[name].settings) for name in task.sources} <= covered(ran, task)
    assert set(TASKS["thesis"].methods) == set(METHODS) == set(STUDIES["thesis"][2]["methods"])
    for name in ("comparison", "agreement"):
        kinds = {f"relaxpen.tasks.cleaning.kinds.{kind.upper()}" for kind in KINDS}
        assert kinds <= entries_of(ran, name)
    pools = {name_of(one.read) for one in SOURCES.values() if one.read}
    assert pools <= entries_of(ran, "pool")
    for rule, has in (("split", lambda one: True), ("corrupt_labels", lambda one: one.has_noise)):
        drawn = {name_of(one.settings) for one in SOURCES.values() if has(one)}
        assert drawn <= entries_of(ran, rule)


def covered(ran, task) -> set[str]:
    """The names in the entries of the runs of a task, and of those that are given the same data."""
    same = [other for other in TASKS.values() if other.load == task.load]
    return entries_of(ran, *(name for other in same for name in other.rules))


def entries_of(ran, *names: str) -> set[str]:
    """The dotted names where the code of rules of some names begins."""
    return {entry for rule in ran if rule.name in names for entry in rule.entries}


@cache
def behind(entries) -> set[Definition]:
    """The definitions behind some entries."""
    return set(definitions(entries))


@cache
def code() -> Code:
    """The package."""
    return Code(PACKAGE)


def is_function(one: Definition) -> bool:
    """Whether a definition is a function: a class or a list of settings may do nothing in a run."""
    return any(
        isinstance(each, ast.FunctionDef)
        for each in code().module(one.module).definitions[one.name]
    )


def is_around(one: Definition) -> bool:
    return str(one) in AROUND or str(one).rpartition(".")[0] in AROUND
