"""The pipeline as a person meets it, for tests: a small study, and commands in a folder."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COPIED = ["Snakefile", "workflow", "config", "profiles", "environment.yml"]


def run(command, folder, **more):
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | more.pop("env", {})
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, **more
    )


def snakemake(folder, *words, **more):
    return run(["snakemake", "--cores", "2", *words], folder, **more)


def relaxpen(folder, *words, **more):
    return run([sys.executable, "-m", "relaxpen", *words], folder, **more)


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


def planned(result) -> dict[str, int]:
    """The jobs of a dry run by rule."""
    jobs = {}
    for line in result.stdout.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit() and words[0] != "total" and words[0][-1] != ":":
            jobs[words[0]] = int(words[1])
    return jobs
