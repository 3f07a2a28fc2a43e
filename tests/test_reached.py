"""What runs is what is fingerprinted: every function that a small job of a rule calls, by definition.

The set behind a fingerprint is read from the syntax; here it is held against what really runs.
"""

import importlib
import pkgutil
import sys
import threading
from functools import cache
from types import CodeType, FrameType

import pytest
from relaxpen.experiment.definitions import NAME, Code, Definition
from relaxpen.experiment.fingerprint import ENTRIES, PACKAGE, definitions, is_neutral
from relaxpen.experiment.syntax import read_module

import relaxpen
from small_jobs import small_jobs

# What calls the entries of a rule, and is no part of them.
AROUND = {
    "experiment.jobs": "hands files to the entries, and keeps what they return",
    "experiment.prepare": "hands files to the entries of data, and checks digests",
    "experiment.comparison.dispatch.run_comparison": "calls the entry of a rule",
    "experiment.comparison.dispatch.run_penalized": "calls the entry of a rule",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The definitions of the package that ran in small jobs of each rule."""
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(relaxpen.__path__, f"{NAME}.")
        if not each.name.endswith("__main__")
    ]
    kept = [value for module in modules for value in vars(module).values()]
    kept = [value for value in kept if hasattr(value, "cache_clear")]
    kept = [value for value in kept if not is_neutral(Definition(value.__module__, ""))]
    found = {rule: set() for rule in ENTRIES}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("jobs"))
        for rule, job in small_jobs(tmp_path_factory.mktemp("made")):
            for function in kept:  # what is kept would not run again
                function.cache_clear()
            found[rule] |= traced(job)
    return found


def traced(job) -> set[Definition]:
    """The definitions of this package that run in a job, in whatever thread."""
    found = set()

    def note(frame, event, argument):  # None: it is not asked about lines
        if frame.f_code.co_filename.startswith(f"{PACKAGE}/"):
            one = definition_of(frame.f_code)
            if one not in found and not beneath_neutral(frame):
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
        code = frame.f_code
        if code.co_filename.startswith(f"{PACKAGE}/") and is_neutral(definition_of(code)):
            return True
        frame = frame.f_back
    return False


@cache
def definition_of(code: CodeType) -> Definition:
    """The definition at the top of its module that code stands in."""
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


@pytest.mark.parametrize("rule", ENTRIES)
def test_what_runs_is_behind_the_fingerprint(ran, rule):
    behind = set(definitions(rule))
    missing = {one for one in ran[rule] - behind if not is_around(one)}
    assert not missing, (
        f"{rule} runs {', '.join(sorted(map(str, missing)))}, which its fingerprint does not see: "
        "let an entry of experiment/fingerprint.py reach it, or say in NEUTRAL why it makes no number"
    )
    entries = set(map(Code(PACKAGE).find, ENTRIES[rule]))
    assert entries <= ran[rule], "the small jobs do not begin where the rule does"


def is_around(one: Definition) -> bool:
    return str(one) in AROUND or str(one).rpartition(".")[0] in AROUND
