"""Which path verify and trace are given, what they say of it, and how to mend what is broken."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline import REPOSITORY, relaxpen, run
from relaxpen.audit import currency
from relaxpen.audit.store import ARCHIVE, LOCK, README, RESTORE, live
from relaxpen.audit.trace import trace
from relaxpen.audit.verify import verify, verify_here
from relaxpen.cli import parser
from relaxpen.inputs.errors import DataError
from relaxpen.records import machine

FINAL = "results/tiny/tables/final.csv"
KEPT = "results/reference/thesis/tables/final.csv"
FIGURE = "figures/tiny/figure_4_1"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The committed reference alone, as the working folder."""
    if not (REPOSITORY / LOCK).exists():
        pytest.skip("no reference is committed")
    for folder in ("results/reference", "figures/reference", "config"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)


def test_a_path_is_taken_as_the_shell_takes_it(tree):
    wanted = verify(live(), Path(FINAL)).num_files
    for path in (f"./{FINAL}", "results/none/../tiny/tables/final.csv", str(tree / FINAL)):
        (report,) = verify_here(path)
        assert (report.broken, report.num_files) == ([], wanted), path
        assert trace(Path(path), [])[1]
    os.symlink(tree / "results/tiny", "results/other")
    (report,) = verify_here("results/other")  # links are not followed
    assert report.num_manifests == 0
    assert report.broken[0].startswith("results/other is a symbolic link")
    os.unlink("results/other")
    every = verify_here()[0].num_files
    assert [report.num_files for report in verify_here(".")] == [every]


@pytest.mark.parametrize(
    "path", ["README.md", "config", "/etc", "..", "results/../README.md", "nothing"]
)
def test_what_lies_outside_results_and_figures_is_refused(tree, path, capsys):
    for verb in ("verify", "trace"):
        assert parser.main([verb, path]) == 2
        assert "only results and figures have manifests" in capsys.readouterr().err


def test_a_verdict_is_given_only_on_what_was_checked(tree, capsys):
    Path("results/report.html").write_text("x")
    for path in ("results/report.html", "results/tiny/collect.log"):
        assert parser.main(["verify", path]) == 2
        assert f"no manifest speaks of {path}; nothing was checked" in capsys.readouterr().err
    (report,) = verify_here("results/none")
    assert (report.broken, report.remedy) == (["results/none is missing"], None)
    assert not any("current" in line for line in report.lines())


def test_a_study_whose_name_begins_like_another_is_another(tree):
    Path("results/tiny2").mkdir()
    Path("results/tiny2/x.csv").write_text("1\n")
    assert verify(live(), Path("results/tiny")).broken == []
    assert verify(live(), Path("results/tiny2")).broken[0].startswith("results/tiny2/x.csv has no")


def test_the_remedy_that_is_named_mends(tree):
    """One after the other: a changed run, a lost intermediate table, and a stranger."""
    batch = next(Path("results/tiny").glob("*/*/relax_round"))
    record, curves = batch / "seed=1/record.json", Path("results/tiny/tables/curves.csv")
    record.write_text(record.read_text().replace("1", "2", 1))
    curves.unlink()
    curves.with_suffix(".manifest.json").unlink()
    Path("results/tiny/tables/better.csv").write_text("1\n")
    remedies = []
    while (report := verify_here()[0]).broken and len(remedies) < 5:
        assert sum("to mend it: " in line for line in report.lines()) == 1
        remedies.append(report.remedy)
        answer = run(["bash", "-c", report.remedy], ".")
        assert answer.returncode == 0, answer.stderr[-3000:]
    assert report.broken == []
    assert f"snakemake --cores all --forcerun {batch}/index.json" in remedies
    assert "rm results/tiny/tables/better.csv && snakemake --cores all" in remedies


def test_remedies_by_file():
    for name, target in {
        "results/a/b/split/seed=0.npz": "results/a/b/split/index.json",
        "results/a/b/c/relax_round/seed=0/manifest.json": "results/a/b/c/relax_round/index.json",
        "results/a/b/references/index.json": "results/a/b/references/index.json",
        "figures/a/figure_4_1.png": "figures/a/figure_4_1.png",
    }.items():
        assert live().remedy(name) == f"snakemake --cores all --forcerun {target}"
    assert live().remedy("results/bench.manifest.json") == "make bench"


def test_a_file_that_is_absent_with_its_manifest_is_missing(tree):
    curves = Path("results/tiny/tables/curves.csv")
    curves.with_suffix(".manifest.json").unlink()
    assert any(line.startswith(f"{curves}, which") for line in verify(live()).broken)
    curves.unlink()
    (line,) = verify(live()).broken
    assert line.startswith(f"{curves} is missing; {FIGURE}.manifest.json was made from it")


STRANGERS = [
    "results/x.log", "results/tiny/x.log", "results/tiny/tables/better.log", "results/x.draft",
    "results/tiny/tables/final.csv.draft", "figures/tiny/figure_4_1.log",
    "results/tiny/data/num_steps=1/none.log", "results/data/none.log",
]  # fmt: skip
LEFT = [
    "results/tiny/collect.log", "results/tiny/tables/final.log", "results/tiny/figures/figure_4_1.log",
    "results/tiny/data/references.log", "results/tiny/data/num_steps=1/relax_penalize.log",
    "results/tiny/data/split.log", "results/data/mnist.log", "results/claims.log",
    "results/tiny/tables/.final.csv.12.draft", "results/tiny/data/references/.seed=0.12.draft/x",
]  # fmt: skip


def test_only_what_rules_leave_may_lie_beside_results(tree):
    for path in map(Path, LEFT):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert verify(live()).broken == []
    for path in map(Path, STRANGERS):
        path.write_text("x")
        (line,) = verify(live()).broken
        assert line == f"{path} has no manifest: nobody knows where it came from"
        path.unlink()


def test_a_link_in_the_place_of_a_result_is_seen(tree, tmp_path):
    """Even if it leads to equal bytes; but results and figures may lie elsewhere themselves."""
    for name in (FINAL, "results/tiny/tables"):
        path = Path(name)
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
        broken = verify(live()).broken
        assert f"{name} is a symbolic link: what it leads to can change unseen" in broken
        path.unlink()
        (tmp_path / path.name).rename(path)
    Path("results").rename(tmp_path / "elsewhere")
    Path("results").symlink_to(tmp_path / "elsewhere")
    assert verify(live()).broken == []


def test_a_planned_figure_that_left_no_trace_is_noted(tree, capsys):
    assert parser.main(["verify"]) == 0
    assert "planned but not here" not in capsys.readouterr().out
    for kind in ("png", "pdf", "manifest.json"):
        Path(f"{FIGURE}.{kind}").unlink()
    assert parser.main(["verify"]) == 0
    assert f"note: planned but not here: {FIGURE}.png; snakemake" in capsys.readouterr().out
    Path("config/config.yaml").write_text("studies: [none]\n")
    assert parser.main(["verify"]) == 0
    assert "note: what else is planned is not known: " in capsys.readouterr().out


def test_a_git_that_refuses_is_quoted(monkeypatch):
    said = "fatal: detected dubious ownership in repository at '/x'\nTo add an exception"
    answer = subprocess.CompletedProcess([], 128, "", said)
    monkeypatch.setattr(machine.subprocess, "run", lambda *words, **more: answer)
    refusal = machine.git_refusal.__wrapped__()
    assert refusal == "git says: detected dubious ownership in repository at '/x'"
    monkeypatch.setattr(currency, "git_refusal", lambda: refusal)
    problem = currency._commit_problem("f" * 40)
    assert not problem.is_sure
    assert problem.text.endswith(refusal)


@pytest.mark.parametrize("path", [LOCK, README, ARCHIVE])
def test_what_lies_beside_the_reference_is_checked_when_it_is_named(kept, path):
    (report,) = verify_here(str(path))
    assert report.broken == []
    assert report.num_manifests > 100
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for given in (str(path), KEPT, None):
        (report,) = verify_here(given)
        assert any(str(path) in line for line in report.broken)
        assert report.remedy == RESTORE


@pytest.mark.parametrize("path", [LOCK, README, ARCHIVE])
def test_the_reference_is_checked_without_its_lock(kept, path, capsys):
    path.unlink()
    assert parser.main(["verify", "results/reference"]) == 1
    out = capsys.readouterr().out
    assert f"{path} is missing" in out
    assert f"to mend it: {RESTORE}" in out
    assert verify_here()[0].broken


def test_messages_about_the_reference_name_its_files(kept):
    Path(KEPT).write_text("x\n")
    (report,) = verify_here(KEPT)
    assert report.broken[0].startswith(f"{KEPT} was changed since")
    manifest = Path(KEPT).with_suffix(".manifest.json")
    manifest.write_text("{}")
    Path(KEPT).unlink()
    broken = verify_here()[0].broken
    assert broken[0] == f"the manifest {manifest} was changed or is damaged"
    assert f"{manifest} is missing; {LOCK} speaks of it" in broken
    assert not any("results/thesis/tables" in line for line in broken)
    shutil.rmtree("results/reference")
    shutil.rmtree("figures/reference")
    with pytest.raises(DataError, match="there is no results/reference here"):
        verify_here("results/reference")


def test_trace_says_what_was_changed_and_what_is_not_here(tree, capsys):
    summary, traces = Path("results/tiny/summary.parquet"), Path("results/tiny/traces.parquet")
    traces.unlink()
    assert parser.main(["trace", FINAL]) == 0
    assert any(
        line.startswith(str(traces)) and line.endswith("  (not here)")
        for line in capsys.readouterr().out.splitlines()
    )
    summary.write_bytes(b"other")
    assert parser.main(["trace", FINAL]) == 1
    assert capsys.readouterr().out.count("(changed since)") == 2  # made, and read
    answer = relaxpen(Path.cwd(), "trace", "figures/tiny/none.png")
    assert answer.returncode == 2
    assert "does not exist; the committed results lie under figures/ref" in answer.stderr


def test_trace_of_the_reference_names_its_files(kept):
    lines, unchanged = trace(Path(KEPT), [])
    assert unchanged
    assert lines[0].startswith(f"{KEPT}  sha256 ")
    assert not lines[0].endswith(")")
    (line,) = [line for line in lines if line.startswith("results/thesis/traces.parquet")]
    assert line.endswith("  (not kept in the reference)")


def test_a_row_is_asked_for_in_words_that_help(tree):
    def refusal(*words):
        with pytest.raises(DataError) as error:
            trace(Path(FINAL), list(words))
        return str(error.value)

    assert refusal("nearest") == "--row 'nearest' has no '='; expected COLUMN=VALUE"
    assert "did you mean 'method'?" in refusal("metod=x")
    assert len(refusal("T=2")) < 300
    assert refusal("method=relax_penalize", "num_steps=7").endswith(
        f"no row of {FINAL} with method=relax_penalize has num_steps=7; there num_steps is one of 1"
    )
    assert "; give COLUMN=VALUE until one has: there " in refusal("num_steps=1")
    words = ["method=relax_penalize", "num_steps=1.0"]
    assert "num_steps = 1" in trace(Path(FINAL), words)[0]


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ("tables/final.csv", "figure figure_4_1 --tables results/tiny/tables --out figures/tiny"),
        ("summary.parquet", "table final --results results/tiny --out results/tiny/tables"),
    ],
)
def test_what_was_edited_is_not_drawn_from(tree, edited, words):
    path = tree / "results/tiny" / edited
    path.write_bytes(path.read_bytes() + b" ")
    before = (tree / "figures/tiny/figure_4_1.png").read_bytes()
    answer = relaxpen(tree, *words.split(), "--study", "config/studies/tiny.yaml")
    assert answer.returncode == 2
    assert f"results/tiny/{edited} was changed after it was made" in answer.stderr
    assert (tree / "figures/tiny/figure_4_1.png").read_bytes() == before
