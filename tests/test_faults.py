"""Processes that are killed, folders that cannot be written to: nothing lost, nothing wrong."""

import os
import signal
import subprocess
import time

import psutil
import pytest

from pipeline import BIN, TINY, make_tiny, relaxpen, snakemake

LONG = TINY.replace("[1, 2]", "[80, 120]").replace("max_rounds: 2", "max_rounds: 6")


@pytest.fixture
def started(tmp_path):
    """A grid at work, its first run finished: the folder and the process of Snakemake."""
    folder = make_tiny(tmp_path)
    (folder / "config/studies/tiny.yaml").write_text(LONG)
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        ["snakemake", "--cores", "2"], cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not list(folder.glob("results/tiny/data/num_steps=*/relax_penalize/seed=0/record.json")):
        assert process.poll() is None
        time.sleep(0.05)
    yield folder, process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def finished(folder) -> dict:
    paths = folder.glob("results/tiny/data/num_steps=*/*/seed=*/manifest.json")
    return {path: path.read_bytes() for path in paths}


def assert_goes_on(folder, before):
    """The same command again keeps what was finished, makes the rest, and verify finds no fault."""
    result = snakemake(folder)
    assert result.returncode == 0, result.stderr[-3000:]
    assert before
    assert before.items() <= finished(folder).items()
    answer = relaxpen(folder, "verify")
    assert answer.returncode == 0, answer.stdout
    assert "intact: yes" in answer.stdout


@pytest.mark.long
def test_kill_snakemake_and_go_on(started):
    folder, process = started
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert_goes_on(folder, finished(folder))


@pytest.mark.long
def test_kill_a_solver_and_go_on(started):
    folder, process = started
    solvers = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if child.name().startswith("python") and "run" in child.cmdline()
    ]
    assert solvers
    for solver in solvers:
        solver.kill()
    assert process.wait() != 0
    assert_goes_on(folder, finished(folder))


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--set", "data.num_train=50", "upper.max_rounds=1", "--out", "/proc/here"],
        ["split", "--out", "/proc/here"],
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_cannot_be_written_to_gives_one_line(tmp_path, words):
    answer = relaxpen(tmp_path, *words)
    assert answer.returncode == 2
    assert answer.stderr.startswith("relaxpen: error: ")
    assert answer.stderr.count("\n") == 1
    assert "/proc/here" in answer.stderr
