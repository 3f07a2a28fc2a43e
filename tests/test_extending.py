"""docs/extending.md holds: each example works in a copy, is found everywhere, and stales nothing."""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline import REPOSITORY, fresh, planned, relaxpen, run, snakemake

PAGE = (REPOSITORY / "docs/extending.md").read_text()
BLOCK = re.compile(
    r"^(?:(New file|In) `(?P<file>[^`]+)`(?:, (?P<side>above|below) `(?P<line>[^`]+)`)?:\n\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# A study that is finished before anything is added.
BEFORE = """
task: cleaning
description: what is there
fixed: {data.source: synthetic, data.num_train: 30, data.num_validation: 20, data.num_test: 20,
        budget: 20.0, measure.num_checkpoints: 3, method.name: relax_penalize}
methods:
  random: {title: random, fixed: {method.estimator: random, method.num_directions: 2}}
seeds: [0]
tables: [methods]
figures: [quality]
"""
# What every result of every study depends on: code and versions, and the complete settings of runs.
DEPENDS = """
import json
from pathlib import Path
from relaxpen.bench.rules import BENCH, PRECISION
from relaxpen.cli.workflow import Workflow
from relaxpen.studies.rules import figure_rule, table_rule
from relaxpen.tasks.all_tasks import TASKS

studies = sorted(path.stem for path in Path("config/studies").glob("*.yaml"))
flow = Workflow.of({"studies": studies}, Path())
on = {"claims": flow.claims_code}
on |= {rule.name: rule.planned() for rule in (BENCH, PRECISION)}
on |= {f"pool {source}": flow.pool_code(source) for source in flow.sources}
for (study, folder), job in flow.plan.jobs.items():
    on[f"{study}/{folder}"] = [*flow.run_code(job), *job.settings, job.arguments]
    at = (study, job.points[0].instance)
    on[f"split {at}"] = [*flow.split_code(*at), flow.data_settings(*at), *flow.arrays(*at)]
    if job.points[0].settings.data.num_classes is not None:
        on[f"labels {at}"] = flow.labels_code(*at)
for study in studies:
    on[f"study {study}"] = flow.study_settings(study)
    on[f"collect {study}"] = flow.collect_code(study)
for task in TASKS.values():
    for name in task.tables:
        on[f"table {task.name} {name}"] = table_rule(task, name).planned()
    for name in task.figures:
        on[f"figure {task.name} {name}"] = figure_rule(task, name).planned()
print(json.dumps(on))
"""
SECTIONS = (
    "An estimator",
    "A method of another paper",
    "A data set",
    "A problem with its study",
    "A figure",
)
EDITED = 2  # files that were there, at most, that an example adds something to


class Added(NamedTuple):
    """The copy after all that the page says, and what was seen on the way."""

    folder: Path
    where: dict[str, str]
    depends: list[dict[str, object]]  # before, after the first section, after all
    edited: list[set[str]]  # by each section
    verified: subprocess.CompletedProcess[str]  # after the first section
    dry: subprocess.CompletedProcess[str]


def section(title: str) -> list[re.Match]:
    """The blocks of a section, in order."""
    return list(BLOCK.finditer(PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]))


def write(folder: Path, block: re.Match) -> str | None:
    """Add a block to the copy; returns the file if it was there before."""
    path, text = folder / block["file"], block["text"]
    if block["side"] is None:
        assert not path.exists(), path
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return None
    lines = path.read_text().splitlines(keepends=True)
    beside = [number for number, line in enumerate(lines) if line.strip().startswith(block["line"])]
    assert len(beside) == 1, f"{block['line']} stands in {len(beside)} lines of {block['file']}"
    between = "\n\n" if block["side"] == "above" else ""  # of definitions
    lines.insert(beside[0] + (block["side"] == "below"), text + between)
    path.write_text("".join(lines))
    return block["file"]


def commit(folder: Path) -> None:
    """Make the copy a clone with a commit, as verify expects of where results were made."""
    who = ("-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "x")):
        result = run(["git", *words], folder)
        assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def added(tmp_path_factory) -> Added:
    folder = fresh(tmp_path_factory.mktemp("house"))
    where = {"PYTHONPATH": str(folder / "src"), "RELAXPEN_DATA_MIRROR": ""}
    shutil.copytree(
        *(root / "src/relaxpen" for root in (REPOSITORY, folder)),
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("requirements.txt", "pyproject.toml", ".gitignore"):
        shutil.copy(REPOSITORY / name, folder)
    commit(folder)

    def ask() -> dict[str, object]:
        answer = run([sys.executable, "-c", DEPENDS], folder, env=where)
        assert answer.returncode == 0, answer.stderr[-3000:]
        return json.loads(answer.stdout)

    def hold(result, what: str) -> None:
        assert result.returncode == 0, f"{what}: {result.stderr[-3000:]}"

    (folder / "config/studies/before.yaml").write_text(BEFORE)
    (folder / "config/config.yaml").write_text("studies: [before]\n")
    depends, edited, seen = [], [], []
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask)
        hold(snakemake(folder, env=where), "before")
        depends.append(asked.result())
        for title in SECTIONS:
            blocks = section(title)
            edited.append({write(folder, block) for block in blocks if block["file"]} - {None})
            is_asked = title in (SECTIONS[0], SECTIONS[-1])
            asked = beside.submit(ask) if is_asked else None
            if not seen:
                seen = [relaxpen(folder, "verify", env=where), snakemake(folder, "-n", env=where)]
            for block in blocks:
                if block["language"] == "sh":
                    hold(run(["bash", "-ec", block["text"]], folder, env=where), title)
            if asked:
                depends.append(asked.result())
    return Added(folder, where, depends, edited, *seen)


def test_the_page_has_no_block_that_is_not_executed():
    blocks = [block for title in SECTIONS for block in section(title)]
    assert len(blocks) == PAGE.count("\n```") / 2
    assert all(block["file"] or block["language"] == "sh" for block in blocks)


@pytest.mark.parametrize("number", [1, 2], ids=["an estimator", "all"])
def test_what_is_added_changes_nothing_that_is_there(added, number):
    before, after = added.depends[0], added.depends[number]
    assert len(before) > 600
    changed = [name for name, on in before.items() if after.get(name) != on]
    assert not changed, f"{changed[:5]} and others, {len(changed)} in all, would be made again"


@pytest.mark.parametrize("title", SECTIONS)
def test_an_addition_costs_few_files(added, title):
    assert 1 <= len(added.edited[SECTIONS.index(title)]) <= EDITED


def test_after_an_estimator_is_added_everything_is_current_and_nothing_is_planned(added):
    assert added.verified.returncode == 0, added.verified.stdout
    assert "current: yes" in added.verified.stdout
    assert added.dry.returncode == 0, added.dry.stderr
    assert planned(added.dry.stdout) == {}
    assert "Nothing to be done" in added.dry.stderr + added.dry.stdout


def test_after_all_is_added_everything_is_current_and_nothing_is_planned(added):
    (added.folder / "config/config.yaml").write_text("studies: [before, pixels, added]\n")
    answer = relaxpen(added.folder, "verify", env=added.where)
    assert answer.returncode == 0, answer.stdout
    dry = snakemake(added.folder, "-n", env=added.where)
    assert dry.returncode == 0, dry.stderr
    assert planned(dry.stdout) == {}


def test_what_was_added_is_in_runs_tables_and_figures(added):
    for folder in ("coordinates", "digits"):
        record = json.loads(
            (added.folder / f"results/by_hand/{folder}/seed=0/record.json").read_text()
        )
        assert record["status"] == "finished", folder
    table = (added.folder / "results/added/tables/methods.md").read_text()
    for name in ("coordinate differences", "one step", "digits"):
        assert name in table, name
    table = (added.folder / "results/pixels/tables/features.md").read_text()
    for name in ("relax and penalize", "validation error", "squared units of one-hot labels"):
        assert name in table, name
    assert "nats" not in table
    for name in ("added/seconds", "pixels/features"):
        for extension in ("png", "pdf"):
            assert (added.folder / f"figures/{name}.{extension}").stat().st_size > 1000


def test_what_was_added_is_in_the_page_of_settings_and_in_the_help(added):
    page = relaxpen(added.folder, "settings", env=added.where).stdout
    for line in ("`coordinates`", "## method.name=one_step", "## data (source digits)"):
        assert line in page, line
    assert (
        "| feature_selection | features are selected | synthetic, mnist, fashion_mnist, digits |"
        in page
    )
    assert "# Task feature_selection" in page
    text = relaxpen(added.folder, "data", "--help", env=added.where).stdout
    assert "digits" in text
    answer = relaxpen(
        *(added.folder, "run", "--out", "x", "--set"),
        *("data.source=synthetic", "method.name=one_stpe"),
        env=added.where,
    )
    assert answer.returncode == 2
    assert "one_step" in answer.stderr


def test_what_was_added_is_as_clean_as_the_rest(added):
    for words in (["check"], ["format", "--check"]):
        result = run(["ruff", *words, "src"], added.folder)
        assert result.returncode == 0, result.stdout
