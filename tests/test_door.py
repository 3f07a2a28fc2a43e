"""What is refused at the door of the command line, and in which words."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline import REPOSITORY, fresh, relaxpen
from relaxpen.audit.compare import compare
from relaxpen.audit.store import Store, live
from relaxpen.cli import commands, parser
from relaxpen.inputs.errors import DataError

SMALL = ["--set", "data.num_train=50", "upper.max_rounds=1"]
HERE = [
    ["made"], ["compare"], ["report"], ["reference"], ["verify"], ["trace", "x"], ["replay"],
    ["crate", "--out", "bag"], ["bench"], ["precision"], ["claims", "--out", "x"],
    ["run", "--set", "data.source=mnist", "--out", "x"],
]  # fmt: skip


def refusal(capsys, *words):
    """What the one line says with which a command is refused."""
    assert parser.main(list(words)) == 2
    line = capsys.readouterr().err
    assert line.startswith("relaxpen: error: ")
    assert line.count("\n") == 1
    return line.removeprefix("relaxpen: error: ").rstrip("\n")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clone(here):
    """A clone with no results."""
    return fresh(here)


@pytest.mark.parametrize("words", HERE, ids=lambda words: words[0])
def test_outside_the_root_of_the_clone_nothing_is_done(here, capsys, words):
    said = refusal(capsys, *words)
    assert said == "run this in the root of the clone (no config/config.yaml here)"
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("verb", [["run", *SMALL, "--out", "x"], ["bench"], ["precision"]])
def test_a_pool_that_is_named_must_be_there(clone, capsys, verb):
    before = set(clone.iterdir())
    assert "--pool nosuch.npz is not there" in refusal(capsys, *verb, "--pool", "nosuch.npz")
    assert set(clone.iterdir()) == before


def test_a_run_that_is_there_is_not_overwritten_by_another(here, capsys):
    assert parser.main(["run", *SMALL, "--out", "x"]) == 0
    before = {path: path.read_bytes() for path in Path("x").rglob("*") if path.is_file()}
    capsys.readouterr()
    said = refusal(capsys, "run", *SMALL, "lower.num_steps=2", "--seeds", "1", "0", "--out", "x")
    assert said == ("x/seed=0 holds another run (lower.num_steps 10, not 2); give another --out")
    refusal(capsys, "run", *SMALL, "data.noise_rate=0.1", "--out", "x")
    said = refusal(capsys, "run", *SMALL, "--method", "exact_gradient", "--out", "x")
    assert "of relax_penalize, not exact_gradient" in said
    assert before == {path: path.read_bytes() for path in Path("x").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert parser.main(["run", *SMALL, "--out", "x"]) == 0
    assert capsys.readouterr().out == "x/seed=0: already there\n"
    other = ["--method", "exact_gradient", "--instance", "x/instance"]
    assert parser.main(["run", *SMALL, *other, "--out", "x"]) == 0
    assert json.loads(Path("x/seed=0/record.json").read_text())["method"] == "exact_gradient"


def test_what_is_no_run_is_not_overwritten(here, capsys):
    Path("x/seed=0").mkdir(parents=True)
    assert "is missing or damaged" in refusal(capsys, "run", *SMALL, "--out", "x")


@pytest.mark.parametrize(
    ("option", "value"), [("--threads", "0"), ("--threads", "-2"), ("--seeds", "-1")]
)
def test_numbers_that_make_no_sense_are_refused(here, capsys, option, value):
    with pytest.raises(SystemExit) as error:
        parser.main(["run", *SMALL, "--out", "x", f"{option}={value}"])
    assert error.value.code == 2
    assert f"argument {option}: '{value}' is no whole number" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_what_has_not_been_made_is_named_with_what_makes_it(clone, capsys):
    assert refusal(capsys, "replay") == (
        "there are no runs here; make reproduce makes them, and relaxpen replay results/reference "
        "replays those of the reference"
    )
    assert refusal(capsys, "claims", "--out", "results") == (
        "the claims rest on the study confirm_synthetic, whose "
        "results/confirm_synthetic/summary.parquet is missing; make reproduce makes it"
    )
    said = refusal(capsys, "report", "--studies", "smoke")
    assert said.startswith("there is nothing to report: smoke not made yet; run make reproduce")
    assert refusal(capsys, "reference").startswith("thesis, ")


def test_a_study_that_the_reference_lacks_is_named(clone, capsys):
    for folder in ("results/reference", "figures/reference"):
        shutil.copytree(REPOSITORY / folder, clone / folder)
    said = refusal(capsys, "compare", "--studies", "smoke")
    assert said.startswith("smoke is not in the reference; it has as_printed, ")
    said = refusal(capsys, "compare", "--studies", "thesis")
    assert said == "results/thesis/summary.parquet is missing; run make reproduce first"


def test_a_comparison_says_when_what_is_compared_is_not_intact(tree):
    kept = {"results": "kept/results", "figures": "kept/figures"}
    for folder, place in kept.items():
        shutil.copytree(folder, place, ignore=shutil.ignore_patterns("*.log"))
    for name in ("results/claims.csv", "kept/results/claims.csv"):
        Path(name).write_text("id,verdict\n")
    old = Store("reference", kept)
    lines, agree = compare(live(), old, ["tiny"])
    assert not agree
    first, second = lines[-2:]
    assert first.startswith("note: the results are not intact, so this says little: ")
    assert second.startswith("note: the reference is not intact, so this says little: ")
    for name in ("results/claims.csv", "kept/results/claims.csv"):
        Path(name).unlink()
    after = compare(live(), old, ["tiny"])[0]
    assert not any("intact" in line for line in after), after
    with pytest.raises(DataError, match="smoke is not in the reference; it has tiny"):
        compare(live(), old, ["smoke"])


def test_a_report_is_of_the_studies_that_are_made(tree):
    config = tree / "config/config.yaml"
    config.write_text("studies: [tiny, smoke]\n")
    answer = relaxpen(tree, "report", "--out", "report.html")
    assert answer.returncode == 0, answer.stderr
    assert "note: without smoke, not made yet; run make reproduce first" in answer.stdout
    assert "figure_4_1" in (tree / "report.html").read_text()


@pytest.mark.parametrize(
    "name", [".final.csv.31073.draft", ".seed=0.31073.draft/masks.npz", "results/here"]
)
def test_a_folder_that_cannot_be_written_to_is_named_and_no_draft(here, capsys, monkeypatch, name):
    def fail(options):
        raise PermissionError(13, "Permission denied", str(here / name))

    monkeypatch.setattr(commands, "settings", fail)
    said = refusal(capsys, "settings")
    assert said.startswith(f"the folder {here} cannot be written to (Permission denied)")
    assert "draft" not in said


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (FileNotFoundError(2, "No such file", "a/b"), "a/b: No such file"),
        (PermissionError(13, "No", __file__), f"{__file__} cannot be read or written (No)"),
    ],
)
def test_other_failures_of_the_file_system_are_one_line(capsys, monkeypatch, error, expected):
    def fail(options):
        raise error

    monkeypatch.setattr(commands, "settings", fail)
    assert refusal(capsys, "settings").startswith(expected)


def test_help_is_a_line_and_the_verbs(capsys):
    with pytest.raises(SystemExit):
        parser.main(["--help"])
    text = capsys.readouterr().out
    assert (
        "\nRelax and penalize with zeroth-order Frank-Wolfe, for binary hyperparameters.\n" in text
    )
    assert "Rooms" not in text


def test_no_file_of_others_is_ever_said_to_be_deleted(tmp_path, monkeypatch, capsys):
    """What is not in results, figures or data of this project was not made by it."""
    monkeypatch.chdir(tmp_path)
    words = ["run", "--set", "data.source=mnist", "--out", "results/x", "--pool"]
    said = refusal(capsys, *words, "/etc/passwd")
    assert said.startswith("/etc/passwd is damaged or no arrays (")
    assert said.endswith("); give another, or make it again with the command that wrote it")
    own = tmp_path / "results/data/mnist.npz"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x")
    assert refusal(capsys, *words, str(own)).endswith(f"; delete {own} and run again")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "mnist.npz").write_bytes(b"x")
    (tmp_path / "results/link").symlink_to(outside)
    assert "delete" not in refusal(capsys, *words, "results/link/mnist.npz")
