"""What runs is what is fingerprinted: every function that a small job of a rule calls, by definition.

The set behind a fingerprint is read from the syntax; here it is held against what really runs.
"""

import ast
import importlib
import pkgutil
import sys
import threading
from types import CodeType

import pytest

import relaxpen
from relaxpen.experiment.definitions import NAME, Definition
from relaxpen.experiment.fingerprint import ENTRIES, PACKAGE, definitions, is_neutral
from relaxpen.experiment.syntax import Module, read_module
from small_jobs import small_jobs


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The definitions of the package that ran in small jobs of each rule."""
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(relaxpen.__path__, f"{NAME}.")
        if not each.name.endswith("__main__")
    ]
    found = {rule: set() for rule in ENTRIES}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("jobs"))
        for rule, job in small_jobs(tmp_path_factory.mktemp("made")):
            for module in modules:  # what is kept would not run again
                for value in vars(module).values():
                    getattr(value, "cache_clear", lambda: None)()
            found[rule] |= traced(job)
    return {rule: set(map(definition_of, codes)) for rule, codes in found.items()}


def traced(job) -> set[CodeType]:
    """The code of this package that runs in a job, in whatever thread."""
    codes = set()

    def note(frame, event, argument):  # None: it is not asked about lines
        codes.add(frame.f_code)

    before = sys.gettrace()
    threading.settrace(note)
    sys.settrace(note)
    try:
        job()
    finally:
        sys.settrace(before)
        threading.settrace(before)
    return {code for code in codes if code.co_filename.startswith(f"{PACKAGE}/")}


def definition_of(code: CodeType) -> Definition:
    """The definition at the top of its module that code stands in."""
    path = PACKAGE.joinpath(code.co_filename).relative_to(PACKAGE)
    parts = [NAME, *path.with_suffix("").parts]
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    for defined, statements in module_at(code.co_filename).definitions.items():
        for statement in statements:
            heads = [statement, *getattr(statement, "decorator_list", [])]
            first = min(head.lineno for head in heads)
            if first <= code.co_firstlineno <= statement.end_lineno:
                return Definition(name, defined)
    raise AssertionError(f"{code} stands in no definition")


def module_at(path: str) -> Module:
    return read_module(PACKAGE.joinpath(path).read_text())


@pytest.mark.parametrize("rule", ENTRIES)
def test_what_runs_is_behind_the_fingerprint_or_known_to_be_neutral(ran, rule):
    behind = set(definitions(rule))
    missing = {one for one in ran[rule] - behind if not is_neutral(one)}
    assert not missing, (
        f"{rule} runs {', '.join(sorted(map(str, missing)))}, which its fingerprint does not see: "
        "let an entry of experiment/fingerprint.py reach it, or say in NEUTRAL why it makes no number"
    )
    assert ran[rule] & behind, "nothing of the rule ran"


def test_the_small_jobs_go_through_most_of_what_is_behind_each_rule(ran):
    """Of the functions and classes that a fingerprint sees: jobs that do nothing would hold nothing."""
    shares = {}
    for rule in ENTRIES:
        callables = {one for one in definitions(rule) if is_called(one)}
        shares[rule] = len(callables & ran[rule]) / len(callables)
    assert min(shares.values()) > 0.5, shares


def is_called(one: Definition) -> bool:
    """Whether a definition is a function, or a class with a method that is more than declared."""
    path = PACKAGE.joinpath(*one.module.split(".")[1:]).with_suffix(".py")
    statements = module_at(str(path)).definitions[one.name] if path.exists() and one.name else []
    return any(
        isinstance(node, ast.FunctionDef)
        for statement in statements
        for node in ast.walk(statement)
    )
