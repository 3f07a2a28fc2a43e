"""What other tests stand on: warm commands are commands, and files that share much stay together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import TOGETHER, ByFile
from pipeline import REPOSITORY, run

SHOW = """
import json, os, sys
said = [os.getcwd(), os.getpid(), os.environ.get("GIVEN"), sys.argv[1:], sys.path[:2]]
print(json.dumps(said))
print("torch" in sys.modules, file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def shown(tmp_path) -> Path:
    """A folder with a module that says where and with what it runs, and ends with a code."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/show.py").write_text(SHOW)
    return tmp_path


@pytest.mark.parametrize("code", [0, 3, 130])
@pytest.mark.parametrize("cold", [False, True])
def test_a_command_has_its_folder_environment_words_path_and_code(shown, code, cold):
    elsewhere = str(shown / "elsewhere")
    answer = run(
        ["python", "-m", "show", str(code), "a b"],
        shown,
        cold=cold,
        env={"GIVEN": "ä b", "PYTHONPATH": elsewhere},
    )
    assert answer.returncode == code
    folder, number, given, words, path = json.loads(answer.stdout)
    assert (folder, given, words) == (str(shown), "ä b", [str(code), "a b"])
    assert path == [str(shown), elsewhere]
    assert number != os.getpid()
    assert answer.stderr.strip() == str(not cold)
    assert "GIVEN" not in os.environ


def test_nothing_of_this_project_is_imported_before_a_command_is_forked(shown):
    (shown / "elsewhere/show.py").write_text(
        "import sys\nprint([name for name in sys.modules if name.startswith('relaxpen')])\n"
    )
    answer = run(["python", "-m", "show"], shown, env={"PYTHONPATH": str(shown / "elsewhere")})
    assert answer.stdout.strip() == "[]"


def test_an_error_is_a_traceback_and_a_code(shown):
    (shown / "show.py").write_text("raise ValueError('so it is')\n")
    answer = run(["python", "-m", "show"], shown)
    assert answer.returncode == 1
    assert "ValueError: so it is" in answer.stderr


def test_other_words_of_python_are_pythons(tmp_path):
    answer = run(["python", "-c", "import sys; print(sys.argv)", "x"], tmp_path)
    assert answer.stdout.strip() == "['-c', 'x']"


def test_tests_of_a_file_that_shares_much_run_in_one_process():
    for name in TOGETHER:
        assert (REPOSITORY / "tests" / name).is_file()
        scopes = {ByFile._split_scope(None, f"tests/{name}::test_{one}[a@b]") for one in "xy"}
        assert len(scopes) == 1
    alone = [f"tests/test_door.py::test_{one}[a]" for one in "xy"]
    assert [ByFile._split_scope(None, one) for one in alone] == alone


def test_the_scheduler_of_these_tests_is_used(tmp_path):
    """What ran in one process: the numbers of processes that tests of a file print."""
    (tmp_path / "conftest.py").write_text((REPOSITORY / "tests/conftest.py").read_text())
    name = min(TOGETHER)
    (tmp_path / name).write_text(
        "import os, pytest\n\n"
        "@pytest.mark.parametrize('one', range(8))\n"
        "def test_of(one, record_property):\n"
        f"    open({str(tmp_path / 'numbers')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "tests")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", str(tmp_path / name)]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-2000:]
    numbers = (tmp_path / "numbers").read_text().split()
    assert (len(numbers), len(set(numbers))) == (8, 1)
