"""The pipeline as a person meets it: through Snakemake and the command line."""

import json
import shutil

import pytest

from conftest import REPOSITORY
from pipeline import BIN, TINY, fresh, make_tiny, planned, relaxpen, run, snakemake
from relaxpen.data.raw_files import MIRROR_VARIABLE


@pytest.fixture
def tiny(tmp_path):
    return make_tiny(tmp_path)


@pytest.fixture
def finished(tiny_study, tmp_path):
    return shutil.copytree(tiny_study, tmp_path / "tree")


@pytest.mark.long
def test_smoke_pipeline_runs_by_default_target(mnist, tmp_path, monkeypatch):
    """All of it, real MNIST included; a root Snakefile that does nothing would pass otherwise."""
    monkeypatch.setenv(MIRROR_VARIABLE, str(mnist))
    fresh(tmp_path)
    result = snakemake(tmp_path, "--config", "studies=[smoke]")
    assert result.returncode == 0, result.stderr[-3000:]
    made = {path.stem for path in (tmp_path / "figures/smoke").glob("*.png")}
    assert made == {path.stem for path in (tmp_path / "figures/smoke").glob("*.pdf")}
    assert "figure_4_1" in made
    final = (tmp_path / "results/smoke/tables/final.md").read_text()
    assert "these numbers mean nothing" in final
    again = snakemake(tmp_path, "--config", "studies=[smoke]")
    assert "Nothing to be done" in again.stdout + again.stderr


VERBS = (
    "verify trace replay compare reference crate report made claims run data split corrupt collect"
)


@pytest.mark.parametrize("verb", ["", *VERBS.split(), "table", "figure", "settings", "bench"])
def test_the_installed_command_explains_every_verb(verb):
    result = run([BIN / "relaxpen", *verb.split(), "--help"], REPOSITORY)
    assert result.returncode == 0, result.stderr
    assert "usage: relaxpen" in result.stdout


def test_full_plan_is_made_in_seconds_and_whole():
    result = snakemake(REPOSITORY, "-n", "--forceall")
    assert result.returncode == 0, result.stderr
    jobs = planned(result.stdout)
    assert sum(count for rule, count in jobs.items() if rule.startswith("run_thesis_T")) == 80
    references = sum(count for rule, count in jobs.items() if rule.startswith("references_"))
    assert references == jobs["corrupt_labels"] == 4 + 4 + 2 + 2


@pytest.mark.long
def test_what_changes_is_what_runs(finished):
    study = finished / "config/studies/tiny.yaml"
    study.write_text(TINY.replace("[1, 2]", "[1, 2, 3]"))
    jobs = planned(snakemake(finished, "-n").stdout)
    assert jobs["run_tiny_T3"] == 2
    assert not {"run_tiny_T1", "run_tiny_T2", "split", "corrupt_labels"} & set(jobs)
    study.write_text(TINY.replace("[0, 1]", "[0, 1, 2]"))
    before = (
        finished / "results/tiny/data/num_steps=1/relax_penalize/seed=0/record.json"
    ).read_bytes()
    result = snakemake(finished)
    assert result.returncode == 0
    assert result.stdout.count("seed=2: finished") == 4 + 1  # the references too
    assert "seed=0: finished" not in result.stdout
    after = (
        finished / "results/tiny/data/num_steps=1/relax_penalize/seed=0/record.json"
    ).read_bytes()
    assert before == after


def test_a_setting_that_changes_runs_what_depends_on_it(finished):
    study = finished / "config/studies/tiny.yaml"
    study.write_text(TINY.replace("upper.max_rounds: 2", "upper.max_rounds: 3"))
    jobs = planned(snakemake(finished, "-n").stdout)
    assert (jobs["run_tiny_T1"], jobs["run_tiny_T2"]) == (2, 2)
    assert not {"split", "corrupt_labels", "references_tiny"} & set(jobs)
    study.write_text(TINY.replace("fixed: {", "fixed: {lower.ridge: 0.01, "))
    jobs = planned(snakemake(finished, "-n").stdout)
    assert (jobs["run_tiny_T1"], jobs["run_tiny_T2"], jobs["references_tiny"]) == (2, 2, 1)
    assert not {"split", "corrupt_labels"} & set(jobs)
    study.write_text(TINY.replace("fixed: {", "fixed: {data.mean_norm: 2.0, "))
    assert {"split", "corrupt_labels", "references_tiny"} <= set(
        planned(snakemake(finished, "-n").stdout)
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("fixed: {", "fixed: {lower.num_stepz: 1, "), "did you mean 'lower.num_steps'"),
        (("fixed: {", "fixed: {data.noise_rate: 1.2, "), "data.noise_rate is 1.2"),
        (("grid: {lower.num_steps: [1, 2]}", "grid: {lower.num_steps: [0]}"), "num_steps is 0"),
        (("fixed: {", "fixed: {upper.num_directions: 0, "), "num_directions is 0"),
    ],
)
def test_bad_input_is_refused_before_any_job(tiny, change, sentence):
    study = tiny / "config/studies/tiny.yaml"
    study.write_text(study.read_text().replace(*change))
    result = snakemake(tiny)
    assert result.returncode != 0
    assert sentence in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert not (tiny / "results").exists()


def test_missing_mirror_and_damaged_data_are_refused_before_any_job(tmp_path):
    fresh(tmp_path)
    words = ["--config", "studies=[smoke]"]
    result = snakemake(tmp_path, *words, "data_mirror=/nowhere")
    assert result.returncode != 0
    assert "the data mirror '/nowhere'" in result.stdout + result.stderr
    raw = tmp_path / "data/MNIST/raw"
    raw.mkdir(parents=True)
    (raw / "train-labels-idx1-ubyte").write_bytes(b"truncated")
    result = snakemake(tmp_path, *words, env={MIRROR_VARIABLE: ""})
    assert result.returncode != 0
    assert "train-labels-idx1-ubyte is damaged" in result.stdout + result.stderr
    assert not (tmp_path / "results").exists()


FASHION = """
task: thesis
description: fashion
fixed: {data.num_train: 60, data.num_validation: 30, upper.max_rounds: 1, lower.num_steps: 2}
grid: {data.source: [fashion_mnist]}
methods: [relax_penalize]
seeds: [0]
tables: [final]
"""


@pytest.mark.long
def test_another_data_set_goes_the_same_way(fashion, tmp_path, monkeypatch):
    """Fashion-MNIST through the workflow, then by hand: its own method and that of another paper."""
    monkeypatch.setenv(MIRROR_VARIABLE, str(fashion))
    fresh(tmp_path)
    study = tmp_path / "config/studies/fashion.yaml"
    study.write_text(FASHION.replace("[fashion_mnist]", "[fashion_mnist, mnist, synthetic]"))
    (tmp_path / "config/config.yaml").write_text("studies: [fashion]\n")
    jobs = planned(snakemake(tmp_path, "-n", env={MIRROR_VARIABLE: ""}).stdout)
    assert (jobs["pool"], jobs["split"]) == (2, 3)
    study.write_text(FASHION)
    result = snakemake(tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    assert (tmp_path / "data/FashionMNIST/raw").is_dir()
    assert not (tmp_path / "data/MNIST").exists()
    answer = relaxpen(tmp_path, "verify")
    assert "intact: yes" in answer.stdout, answer.stdout
    words = ["run", "--set", "data.source=fashion_mnist", "data.num_train=60"]
    words += ["data.num_validation=30"]
    for more, rule in (
        (["upper.max_rounds=1", "lower.num_steps=1"], "run"),
        (["method.name=soba", "budget=20", "method.batch_size=8"], "comparison"),
    ):
        answer = relaxpen(tmp_path, *words, *more, "--out", rule)
        assert answer.returncode == 0, answer.stderr
        manifest = json.loads((tmp_path / rule / "seed=0/manifest.json").read_text())
        assert manifest["rule"] == rule
        assert "results/data/fashion_mnist.npz" in manifest["inputs"]


def test_ijcnn1_by_hand_makes_its_pool(ijcnn1, tmp_path, monkeypatch):
    monkeypatch.setenv(MIRROR_VARIABLE, str(ijcnn1))
    fresh(tmp_path)
    words = ["run", "--set", "data.source=ijcnn1", "method.name=soba", "data.num_train=60"]
    words += ["data.num_validation=30", "budget=20", "method.batch_size=8", "precision=float64"]
    answer = relaxpen(tmp_path, *words, "--out", "here")
    assert answer.returncode == 0, answer.stderr
    assert "results/data/ijcnn1.npz: ijcnn1 from the " in answer.stderr
    record = json.loads((tmp_path / "here/seed=0/record.json").read_text())
    assert record["settings"]["data"]["source"] == "ijcnn1"
    other = relaxpen(
        tmp_path,
        "run",
        "--set",
        "data.source=mnist",
        "--pool",
        "results/data/ijcnn1.npz",
        "--out",
        "x",
    )
    assert other.returncode == 2
    assert "was made from ijcnn1, and data.source is mnist" in other.stderr


def test_one_run_by_hand(tmp_path):
    words = ["run", "--set", "data.num_train=50", "upper.max_rounds=1", "--seeds", "4"]
    result = relaxpen(tmp_path, *words, "--out", "here")
    assert result.returncode == 0, result.stderr
    assert "here/seed=4: finished; 20 steps" in result.stdout
    assert "relax_penalize seed 4" in result.stderr  # the progress bar
    refused = relaxpen(tmp_path, "run", "--set", "data.num_trian=50", "--out", "there")
    assert refused.returncode == 2
    assert refused.stderr == (
        "relaxpen: error: unknown setting 'data.num_trian' for data.source synthetic; "
        "did you mean 'data.num_train'?\n"
    )
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["mypy"], marks=pytest.mark.long),
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["snakefmt", "--check", "Snakefile", "workflow"],
        ["snakemake", "--lint"],
    ],
    ids=" ".join,
)
def test_style(command):
    result = run(command, REPOSITORY)
    assert result.returncode == 0, result.stdout + result.stderr
