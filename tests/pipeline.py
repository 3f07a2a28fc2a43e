"""The pipeline as a person meets it, for tests: a small study, and commands in a folder."""

import atexit
import contextlib
import fcntl
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unittest import mock

import torch

from relaxpen.cli.parser import main
from warm import clients

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COPIED = ["Snakefile", "workflow", "config", "profiles", "environment.yml"]


@cache
def warm() -> Path:
    """The folder of the clients of this process's server of warm commands."""
    folder = Path(tempfile.mkdtemp(prefix="warm"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return clients(folder)


def run(command, folder, cold=False, **more):
    """Run a command; ``python`` and ``snakemake`` begin warm, or cold, as a person starts them."""
    first = "" if cold else f"{warm()}:"
    path = {"PATH": f"{first}{BIN}:{os.environ['PATH']}"}
    environment = os.environ | path | more.pop("env", {})
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, **more
    )


def snakemake(folder, *words, **more):
    return run(["snakemake", "--cores", "2", *words], folder, **more)


def relaxpen(folder, *words, env=None, cold=False):
    """A command as it is typed; with another environment, or cold, it is a process of its own.

    What the command does not turn into a sentence is raised.
    """
    if env is not None or cold:
        python = sys.executable if cold else str(warm() / "python")
        return run([python, "-m", "relaxpen", *words], folder, cold=cold, env=env or {})
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ),
    ):
        num_threads = torch.get_num_threads()
        try:
            code = main([*words])
        except SystemExit as stop:  # of argparse
            code = stop.code
        torch.set_num_threads(num_threads)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def made_once(factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first test to ask for it makes, in whatever process; others only read it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, draft = base / "once" / name, base / "once" / f"{name}.draft"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(folder)
    return folder


def make_all(folder: Path, *words: str, **more) -> None:
    """Snakemake, to the end, in a folder."""
    result = snakemake(folder, *words, **more)
    assert result.returncode == 0, result.stderr[-3000:]


def fresh(folder: Path) -> Path:
    """A copy of what the workflow consists of, with no results."""
    for name in COPIED:
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    return folder


TINY = """
task: thesis
description: tiny
fixed: {data.num_train: 60, data.num_validation: 30, data.num_test: 50, upper.max_rounds: 2}
grid: {lower.num_steps: [1, 2]}
methods: [relax_penalize, relax_round]
references: true
seeds: [0, 1]
tables: [final]
figures: [figure_4_1]
"""


def make_tiny(folder: Path) -> Path:
    """A fresh copy with nothing but the tiny study."""
    fresh(folder)
    (folder / "config/studies/tiny.yaml").write_text(TINY)
    (folder / "config/config.yaml").write_text("studies: [tiny]\n")
    return folder


def planned(text: str) -> dict[str, int]:
    """The jobs by rule, of what Snakemake prints when it only plans."""
    jobs = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit() and words[0] != "total" and words[0][-1] != ":":
            jobs[words[0]] = int(words[1])
    return jobs
