"""The house holds: imports go one way, modules stay small, public names are documented."""

import ast
import re
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

import relaxpen
from conftest import REPOSITORY
from relaxpen.records.fingerprint import PACKAGE
from relaxpen.records.syntax import read_module

MODULES = sorted(PACKAGE.rglob("*.py"))
# What each room may import, beside itself: rooms above it in this list, and only those that it needs.
ROOMS = {
    "inputs": (),
    "method": (),
    "problems": ("method",),
    "library": ("inputs", "method", "problems"),  # a wing: no other room stands on it
    "records": ("inputs",),
    "data": ("inputs", "problems", "records"),
    "display": ("records", "data"),
    "tasks": ("inputs", "method", "problems", "records", "data", "display"),
    "bench": ("method", "problems", "records", "data", "tasks"),
    "studies": ("inputs", "records", "data", "display", "tasks"),
    "claims": ("inputs", "records", "display", "tasks", "studies"),
    "audit": ("inputs", "records", "data", "tasks", "bench", "studies", "claims"),
    "cli": ("inputs", "records", "data", "tasks", "bench", "studies", "claims", "audit"),
}
# The same of rooms within rooms. Modules that lie beside them are for all of them.
INNER_ROOMS = {
    "method": {"peers": ()},
    "data": {"readers": (), "sources": ("readers",)},
    "tasks": {
        "peers": (),
        "thesis": (),
        "groups": (),
        "distillation": (),
        "cleaning": ("peers",),
        "agreement": ("cleaning",),
        "selection": ("peers", "cleaning"),
    },
}
# What lies beside the rooms, and the rooms that it imports: the door for people's code, and for words.
BESIDE = {"__init__": ("library",), "__main__": ("cli",)}
# Modules beside inner rooms that import these: in data all may, as they ask sources for what they need.
LISTS = {"method": (), "data": ("*",), "tasks": ("all_tasks",)}
LARGEST_SHARE = 0.3
FILE_WORDS = re.compile(r"\b(pathlib|open\(|np\.load|read_text|write_text|parquet|json)\b")


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = ("relaxpen", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def imports(path: Path) -> set[str]:
    """The modules of the package that a module imports anywhere: in functions and for types, too."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports of the package name it"
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                imported.add(member if member in NAMES else str(node.module))
    inside = {name for name in imported if name.partition(".")[0] == "relaxpen"}
    assert inside <= NAMES.keys(), f"{path} imports {inside - NAMES.keys()}, which is not there"
    return inside - {name_of(path)}


IMPORTS = {name: imports(path) for name, path in NAMES.items()}


def room_of(name: str, depth: int = 1) -> str:
    """The room that a module lies in, of the package or of a room; "" if it lies beside the rooms."""
    parts = name.split(".")
    folder = len(parts) - 1 - (NAMES[name].name != "__init__.py")
    return parts[depth] if folder >= depth else ""


def test_every_room_is_listed_and_sees_only_what_is_before_it():
    assert set(ROOMS) == {room_of(name) for name in NAMES} - {""}
    assert set(BESIDE) == {path.stem for path in PACKAGE.glob("*.py")}
    for rooms in (ROOMS, *INNER_ROOMS.values()):
        order = list(rooms)
        for room, sees in rooms.items():
            assert set(sees) <= set(order[: order.index(room)]), room
    inner = {(room_of(name), room_of(name, 2)) for name in NAMES if room_of(name, 2)}
    assert inner == {(room, one) for room, rooms in INNER_ROOMS.items() for one in rooms}


@pytest.mark.parametrize("name", NAMES)
def test_imports_go_one_way(name):
    room = room_of(name)
    sees = (room, *ROOMS[room]) if room else BESIDE[NAMES[name].stem]
    for imported in IMPORTS[name] - {"relaxpen"}:  # its version and its docstring
        assert room_of(imported) in sees, f"{name} imports {imported}"


@pytest.mark.parametrize("room", INNER_ROOMS)
def test_imports_go_one_way_inside_a_room(room):
    for name in NAMES:
        if room_of(name) != room:
            continue
        inner = room_of(name, 2)
        sees = {"", inner, *INNER_ROOMS[room].get(inner, ())}
        if not inner and {"*", NAMES[name].stem} & set(LISTS[room]):
            sees |= set(INNER_ROOMS[room])
        for imported in IMPORTS[name]:
            if room_of(imported) == room:
                assert room_of(imported, 2) in sees, f"{name} imports {imported}"


def test_the_package_says_which_rooms_it_has():
    for page in (relaxpen.__doc__, (REPOSITORY / "docs/design.md").read_text()):
        named = re.findall(r"^(?:- |\| )``?(?:relaxpen\.)?(\w+)/?``?", page, re.MULTILINE)
        assert named == list(ROOMS)


def test_no_modules_import_each_other():
    TopologicalSorter(IMPORTS).prepare()  # raises CycleError with the modules of a circle


def test_no_room_is_most_of_the_house():
    lines = Counter()
    for name, path in NAMES.items():
        lines[room_of(name)] += len(path.read_text().splitlines())
    for room, number in lines.items():
        assert number <= LARGEST_SHARE * lines.total(), room


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
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
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
    reached = {str(one) for rule in ENTRIES for one in definitions(rule)}
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
