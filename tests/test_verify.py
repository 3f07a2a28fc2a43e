"""What verify must catch and name, and what trace, replay and compare must say."""

import json
import shutil
from pathlib import Path

import pytest

from conftest import REPOSITORY
from pipeline import relaxpen
from relaxpen.audit import currency
from relaxpen.audit.chain import load_chain
from relaxpen.audit.store import live
from relaxpen.audit.trace import _matches, trace
from relaxpen.audit.verify import verify
from relaxpen.data.rules import pool_rule
from relaxpen.data.sources.all_sources import raw_files
from relaxpen.records import layout
from relaxpen.records.manifest import Job, digests, read_manifest


@pytest.fixture
def tree(tiny_study, tmp_path, monkeypatch):
    """A copy of the tiny study, as the working folder."""
    shutil.copytree(tiny_study, tmp_path / "tree", ignore=shutil.ignore_patterns(".snakemake"))
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


def results() -> list[Path]:
    every = [path for folder in ("results", "figures") for path in Path(folder).rglob("*")]
    return sorted(path for path in every if path.is_file() and path.suffix != ".log")


def test_what_was_just_made_is_intact_and_current(tree):
    report = verify(live())
    assert (report.broken, report.stale) == ([], [])
    outputs = {path for path in results() if not path.name.endswith("manifest.json")}
    assert report.num_files == len(outputs)
    assert report.num_manifests == len(results()) - len(outputs)


def test_one_flipped_byte_in_any_file_is_caught_and_named(tree):
    kinds = {path.name.removeprefix("seed=0") for path in results()}
    assert {".npz", "index.json", "record.json", "trace.parquet", "masks.npz"} < kinds
    assert {"summary.parquet", "final.csv", "figure_4_1.png", "final.manifest.json"} < kinds
    for path in results():
        content = path.read_bytes()
        for place in (0, len(content) // 2, len(content) - 2):
            flipped = bytearray(content)
            flipped[place] ^= 1
            path.write_bytes(flipped)
            broken = verify(live()).broken
            assert any(str(path) in line for line in broken), (path, place, broken[:3])
        path.write_bytes(content)
    assert verify(live()).broken == []


def test_any_file_that_is_deleted_is_missed(tree):
    for path in results():
        content = path.read_bytes()
        path.unlink()
        broken = verify(live()).broken
        # What a missing manifest spoke of has no manifest any more.
        wanted = str(path.parent if path.name.endswith("manifest.json") else path)
        assert any(wanted in line for line in broken), (path, broken)
        path.write_bytes(content)


def test_an_edited_number_is_named_first_and_the_exit_code_is_1(tree):
    table = tree / "results/tiny/tables/final.csv"
    text = table.read_text()
    table.write_text(text.replace("relax_penalize,num_steps=1", "relax_penalize,num_steps=2", 1))
    answer = relaxpen(tree, "verify")
    assert answer.returncode == 1
    assert "first broken link: results/tiny/tables/final.csv was changed" in answer.stdout
    for path in ("figures/tiny/figure_4_1.png", "results/tiny/tables"):
        assert relaxpen(tree, "verify", path).returncode == 1
    for path in ("results/tiny/tables/curves.csv", "results/tiny/data"):
        assert relaxpen(tree, "verify", path).returncode == 0
    assert relaxpen(tree, "verify", "results/none").returncode == 1


def test_a_file_from_nowhere_is_an_orphan(tree):
    (tree / "results/tiny/tables/better.csv").write_text("1\n")
    (line,) = verify(live()).broken
    assert line == (
        "results/tiny/tables/better.csv has no manifest: nobody knows where it came from"
    )


def test_a_manifest_rewritten_with_its_digest_breaks_the_chain(tree):
    """Who edits a table and mends its manifest still cannot mend what was drawn from it."""
    table, path = (
        Path("results/tiny/tables/final.csv"),
        Path("results/tiny/tables/final.manifest.json"),
    )
    from relaxpen.records.files import sha256, write_json
    from relaxpen.records.manifest import text_digest

    table.write_text(table.read_text() + "\n")
    facts = json.loads(path.read_text())
    facts["outputs"][str(table)] = sha256(table)
    del facts["digest"]
    write_json(path, facts | {"digest": text_digest(facts)})
    (line,) = verify(live()).broken
    assert line.startswith("figures/tiny/figure_4_1.manifest.json: made from another")


def test_a_pool_must_be_made_from_the_files_of_its_own_data(tree):
    """Files of MNIST and Fashion-MNIST are called the same: the folder tells."""

    def make(source, found):
        pool = Path(layout.pool(source))
        pool.parent.mkdir(exist_ok=True)
        pool.write_bytes(source.encode())
        paths = raw_files()[source].paths
        inputs = {f"data/{path}": digest for path, digest in zip(paths, found, strict=True)}
        job = Job(pool_rule(source), ["data", "--source", source], {"source": source})
        job.write_digests(pool.with_suffix(".manifest.json"), inputs, digests([pool]))

    for source, raw in raw_files().items():
        if all(raw.digests.values()):  # nobody knows that of YearPredictionMSD
            make(source, raw.digests.values())
    report = verify(live())
    assert (report.broken, report.stale) == ([], [])
    make("fashion_mnist", raw_files()["mnist"].digests.values())
    broken = verify(live()).broken
    assert len(broken) == 4
    assert broken[0] == (
        "results/data/fashion_mnist.manifest.json: made from a data/FashionMNIST/raw/"
        "t10k-images-idx3-ubyte that is not the canonical Fashion-MNIST"
    )
    make("fashion_mnist", raw_files()["fashion_mnist"].digests.values())
    lines, unchanged = trace(Path("results/data/fashion_mnist.npz"), [])
    assert unchanged
    assert sum(line.endswith("  canonical Fashion-MNIST") for line in lines) == 4
    make("ijcnn1", ["0" * 64, "1" * 64])
    assert "ijcnn1.trn.bz2 that is not the canonical ijcnn1" in verify(live()).broken[0]


def test_results_of_other_code_or_of_no_commit_are_not_current(tree, monkeypatch):
    true = currency.code_here
    other = lambda name, one: "x" * (one.rule == "run") or true(name, one)  # noqa: E731
    monkeypatch.setattr(currency, "code_here", other)
    report = verify(live())
    assert report.broken == []
    assert "and 11 more: made by other code of rule run than is checked out" in report.stale[0]
    monkeypatch.undo()
    monkeypatch.chdir(tree)
    monkeypatch.setattr(currency, "has_commit", lambda commit: False)
    monkeypatch.setattr(currency, "is_shallow", lambda: False)
    report = verify(live())
    assert report.stale[0].endswith("which is not known here")
    assert any(line.startswith("    first: ") for line in report.lines())
    assert not any("first broken link" in line for line in report.lines())
    monkeypatch.setattr(currency, "is_shallow", lambda: True)
    report = verify(live())
    assert report.stale == []
    assert "which is not known here; run git fetch --unshallow" in report.notes[0]
    study = tree / "config/studies/tiny.yaml"
    study.write_text(study.read_text() + "# later\n")
    assert "config/studies/tiny.yaml is not what" in verify(live()).stale[0]
    assert relaxpen(tree, "verify").returncode == 1


def test_a_tree_without_git_says_so(tree, monkeypatch):
    """The package lies in no clone: whether results are current cannot be told, and why."""

    shutil.copytree(REPOSITORY / "src", tree / "src")
    where = {"PYTHONPATH": str(tree / "src"), "GIT_CEILING_DIRECTORIES": str(tree)}
    answer = relaxpen(tree, "verify", env=where)
    assert answer.returncode == 1
    assert "intact: yes" in answer.stdout
    assert "current: cannot be told" in answer.stdout
    assert answer.stdout.count("cannot be looked up here; git says: not a git repository") == 1
    assert "unshallow" not in answer.stdout
    assert relaxpen(tree, "verify", "--strict", env=where).returncode == 1
    answer = relaxpen(tree, "verify", env=where | {"PATH": "/nowhere"})
    assert answer.returncode == 1
    assert "cannot be looked up here; git is not on PATH" in answer.stdout
    words = ["run", "--set", "data.num_train=50", "upper.max_rounds=1", "--out", "results/hand"]
    assert relaxpen(tree, *words, env=where).returncode == 0
    path = tree / "results/hand/seed=0/manifest.json"
    assert read_manifest(path.read_bytes(), path).git == {"commit": None, "dirty": None}
    answer = relaxpen(tree, "verify", "results/hand", env=where)
    assert answer.returncode == 1
    assert "made without git, so that the commit of the code is unknown" in answer.stdout


def test_trace_leads_from_a_figure_to_the_data_and_names_the_commands(tree):
    lines, unchanged = trace(Path("figures/tiny/figure_4_1.png"), [])
    text = "\n".join(lines)
    assert unchanged
    assert "changed since" not in text
    for word in (
        "relaxpen figure figure_4_1", "relaxpen table curves", "relaxpen collect",
        "relaxpen run --method relax_penalize", "relaxpen corrupt", "relaxpen split",
        "data/num_steps=2/relax_round: seeds 0 1",
    ):  # fmt: skip
        assert word in text
    words = ["num_steps=2", "method=relax_penalize"]
    text = "\n".join(trace(Path("results/tiny/tables/final.csv"), words)[0])
    assert "1 batches of runs" in text
    assert "num_steps=2/relax_penalize: seeds 0 1" in text
    assert "relax_round" not in text.split("batches of runs")[1].split("made by")[0]


def test_a_row_that_names_its_batches_leads_to_them_alone():
    name = "results/tiny/data/num_steps=2/relax_round"
    other = "results/tiny/data/num_steps=1/relax_round/manifest.json"
    chain = load_chain(live())[0]
    assert _matches(chain, f"{name}/manifest.json", {"batches": f"x {name}"})
    assert not _matches(chain, other, {"batches": name})
