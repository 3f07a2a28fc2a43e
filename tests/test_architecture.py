"""The house holds: imports go one way, modules stay small, public names are documented."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from conftest import REPOSITORY
from known_rules import RULES
from relaxpen.records.fingerprint import PACKAGE, definitions
from relaxpen.records.syntax import read_module

MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ["method", "problems", "inputs", "library", "experiment", "claims", "audit", "cli"]
FILE_WORDS = re.compile(r"\b(pathlib|open\(|np\.load|read_text|write_text|parquet|json)\b")


def imports(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    room = path.relative_to(PACKAGE).parts[0]
    if room not in ROOMS:
        return
    allowed = ROOMS[: ROOMS.index(room) + 1]
    for name in imports(path):
        if name.startswith("relaxpen.") and name != "relaxpen.__version__":
            assert name.split(".")[1] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("room", ["method", "problems", "library"])
def test_rooms_without_files_touch_none(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not FILE_WORDS.search(path.read_text()), path


def test_method_sees_no_data():
    for path in (PACKAGE / "method").rglob("*.py"):
        assert not re.search(r"\b(labels|features|samples\.)\b", _code(path)), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) < 200
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines < 40, f"{path.name}: {node.name} has {lines} lines"


def test_public_names_have_docstrings():
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            documented = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if documented and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


# What no rule reaches, as no result comes from it.
BEHIND_NO_RULE = {
    "problems.black_box.BlackBox": "for the library",
    "problems.black_box.Trained": "for the library",
    "problems.corruption.Rule": "a type",
    "method.peers.peer.PeerState": "a type",
}


def test_every_definition_of_the_method_is_behind_a_rule():
    reached = {str(one) for rule in RULES for one in definitions(rule.entries)}
    names = {
        f"{module}.{name}" for room in ("method", "problems") for module, name in defined(room)
    }
    assert names - reached == set(BEHIND_NO_RULE)


def defined(room: str) -> list[tuple[str, str]]:
    """The names that modules of a room define, each with its module."""
    return [
        (path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."), name)
        for path in sorted((PACKAGE / room).rglob("[!_]*.py"))
        for name in read_module(path.read_text()).definitions
    ]


def test_environment_files_agree():
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pins = {line for line in lines if line and not line.startswith("#")}
    assert all(re.fullmatch(r"[\w.\-]+==[\w.]+", pin) for pin in pins)
    conda = yaml.safe_load((REPOSITORY / "environment.yml").read_text())["dependencies"]
    assert "python=3.11" in conda
    assert set(conda[-1]["pip"]) == pins


def test_the_running_versions_are_the_pinned_ones():
    from importlib.metadata import version

    for line in (REPOSITORY / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, pinned = line.split("==")
            assert version(name).split("+")[0] == pinned, name


def _code(path: Path) -> str:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)
