"""What the documents say can be done and found, can be."""

import re
from urllib.parse import unquote

import pytest

from conftest import REPOSITORY

PAGES = [REPOSITORY / "README.md"]
for folder in ("docs", "config", "results/reference"):
    PAGES += sorted((REPOSITORY / folder).rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = unquote(target).partition("#")
            linked = page.parent / path if path else page
            assert linked.exists(), f"{page.name} links to {target}"
            assert not anchor or anchor in _anchors(linked.read_text()), target


def test_every_make_target_that_is_named_exists():
    known = set(re.findall(r"^([a-z0-9_-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z0-9_-]+)", page.read_text()))
        assert named <= known, page


def test_the_examples_of_the_readme_run(capsys):
    codes = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    for code in codes:
        exec(compile(code, "README.md", "exec"), {})
        assert re.match(r"\d+ samples kept", capsys.readouterr().out)
    assert len(codes) == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_tests_that_are_named_exist(page):
    tests = "".join(file.read_text() for file in (REPOSITORY / "tests").glob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", page.read_text()):
        assert f"def {name}(" in tests, name
    for name in re.findall(r"`(tests/test_\w+\.py)`", page.read_text()):
        assert (REPOSITORY / name).exists(), name


def _anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_names_and_settings_of_the_notation_exist():
    source = "".join(path.read_text() for path in (REPOSITORY / "src/relaxpen").rglob("*.py"))
    identifiers = set(re.findall(r"\w+", source))
    settings = set(re.findall(r"^\| `(\S+)`", (REPOSITORY / "config/README.md").read_text(), re.M))
    lines = (REPOSITORY / "docs/notation.md").read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    rows = [row for row in rows if row[0] != "symbol"]
    assert len(rows) > 30
    for row in rows:
        assert len(row) == 5, row
        assert set(re.findall(r"`(\w+)`", row[1])) <= identifiers, row
        assert set(re.findall(r"`([\w.]+)`", row[2])) <= settings, row


def test_a_symbol_of_the_notation_has_one_meaning_in_its_section():
    for section in (REPOSITORY / "docs/notation.md").read_text().split("\n## ")[1:]:
        symbols = re.findall(r"^\| (?!symbol|–)(.*?) \|", section, re.MULTILINE)
        assert len(symbols) == len(set(symbols)), section.partition("\n")[0]
