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
