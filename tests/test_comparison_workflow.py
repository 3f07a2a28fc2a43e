"""A comparison from the workflow to its figures, and what is said of it."""

import json
import shutil

import pandas as pd
import pytest
import yaml

from pipeline import planned, relaxpen, snakemake
from versus import VERSUS, make_versus


@pytest.fixture(scope="module")
def made(versus_study, tmp_path_factory):
    return shutil.copytree(versus_study, tmp_path_factory.mktemp("made") / "tree")


def test_everything_is_made_by_one_job_per_method_and_instance(made):
    table = pd.read_csv(made / "results/versus/tables/methods.csv")
    assert len(table) == 10
    assert (table.num_runs == 2).all()
    assert (table.num_nonfinite == 0).all()
    assert table.f1_mean.between(0, 1).all()
    for name in ("quality", "value_seconds", "value_gradients", "mask_gradients"):
        assert (made / f"figures/versus/{name}.png").stat().st_size > 10_000
    again = snakemake(made, "-n", "versus")
    assert planned(again.stdout) == {}


def test_claims_on_a_comparison_are_judged_with_its_group(made):
    table = pd.read_csv(made / "results/claims_versus.csv")
    assert list(table.check) == [1, 2, 3, 4]
    assert set(table.outcome) <= {"holds", "fails", "open"}
    assert table.num_seeds.eq(2).all()
    named = "results/versus/noise_rate=0.2/pulled results/versus/noise_rate=0.2/soba/outer=1.0"
    assert table.batches[0] == named
    page = (made / "results/claims_versus.md").read_text()
    assert "[versus/quality](../figures/versus/quality.png)" in page
    row = ("--row", "check=1")
    answer = relaxpen(made, "trace", "results/claims_versus.csv", *row)
    assert answer.returncode == 0, answer.stderr
    assert "2 batches of runs" in answer.stdout
    (made / "results/claims_versus.csv").unlink()
    assert planned(snakemake(made, "-n", "versus").stdout) == {"claims_versus": 1, "versus": 1}
    assert snakemake(made, "versus").returncode == 0


def test_a_sweep_lies_in_folders_of_its_points_with_commands_of_their_own(made):
    folder = made / "results/versus/noise_rate=0.5/soba"
    index = json.loads((folder / "index.json").read_text())["files"]
    assert list(index) == [f"outer={outer}/manifest.json" for outer in (1.0, 10.0, 100.0)]
    manifest = json.loads((folder / "outer=10.0/manifest.json").read_text())
    assert "method.outer=10.0" in manifest["command"]
    answer = relaxpen(made, *manifest["command"][3:])
    assert answer.returncode == 0
    assert answer.stdout.count("already there") == 2


def test_the_setting_chosen_is_written_where_studies_read_it(made, tmp_path):
    words = ("--study", "config/studies/versus.yaml", "--results", "results/versus")
    folder = tmp_path / "tree"
    shutil.copytree(made, folder)
    before = (folder / "config/chosen.yaml").read_text()
    answer = relaxpen(folder, "choose", *words)
    assert answer.returncode == 2
    assert "does not try amigo" in answer.stderr
    assert (folder / "config/chosen.yaml").read_text() == before

    study = yaml.safe_load(VERSUS)
    shared = {"contenders": {"soba": study["methods"].pop("soba")}}  # all that have grids
    (folder / "config/contenders.yaml").write_text(yaml.safe_dump(shared))
    (folder / words[1]).write_text(yaml.safe_dump(study | {"shared": ["soba"]}))
    answer = relaxpen(folder, "choose", *words)
    assert answer.returncode == 0, answer.stderr
    chosen = pd.read_csv(folder / "results/versus/tables/tuning.csv").query("chosen")
    assert len(chosen) == 6
    text = (folder / "config/chosen.yaml").read_text()
    assert "tuned_by: versus" in text
    assert text.count("method.outer") == 2


def test_verify_trace_replay_and_compare_know_comparisons(made):
    answer = relaxpen(made, "verify")
    assert "intact" in answer.stdout
    assert "changed" not in answer.stdout
    row = ("--row", "instance=noise_rate=0.2", "method=soba", "setting=outer=1.0")
    answer = relaxpen(made, "trace", "results/versus/tables/methods.csv", *row)
    assert answer.returncode == 0, answer.stderr
    assert "1 batches of runs" in answer.stdout
    assert "results/versus/noise_rate=0.2/soba/outer=1.0: seeds 0 1" in answer.stdout
    answer = relaxpen(made, "replay", "--sample", "4")
    assert "4 bitwise" in answer.stdout, answer.stdout + answer.stderr
    listed = relaxpen(made, "made").stdout
    assert "figures/versus/quality.png" in listed
    assert "not made yet" not in listed


def test_a_grid_on_the_command_line_has_one_instance(tmp_path):
    words = ("run", "--set", "data.source=synthetic", "method.name=soba", "--out", "there")
    for grid, said in (
        ("data.noise_rate=[0.1,0.2]", "one instance"),
        ("method.outer=[]", "expected KEY=[VALUE,...]"),
        ("method.outer=[[1]]", "expected KEY=[VALUE,...]"),
    ):
        answer = relaxpen(tmp_path, *words, "--grid", grid)
        assert answer.returncode == 2
        assert said in answer.stderr
        assert not (tmp_path / "there").exists()


def test_a_study_that_is_named_twice_is_refused(tmp_path):
    folder = make_versus(tmp_path)
    (folder / "config/config.yaml").write_text("studies: [versus, versus]\n")
    answer = snakemake(folder, "-n")
    assert answer.returncode != 0
    assert "studies names a value twice" in answer.stderr
