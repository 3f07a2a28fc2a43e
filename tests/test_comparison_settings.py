"""Settings of comparisons, and their runs from the command line: what is refused, what is kept."""

import json

import pytest

from given import settings_of
from pipeline import relaxpen
from relaxpen.audit.rules import code_here
from relaxpen.inputs.errors import SettingsError
from relaxpen.records.manifest import read_manifest
from versus import DATA

SOBA = ["--set", "data.source=synthetic", "method.name=soba"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"method.name": "sobo"}, "method.name is 'sobo'; did you mean 'soba'?"),
        ({"method.iner": 1}, "unknown setting 'method.iner' for data.source synthetic and method"),
        ({"method.inner": -1}, "method.inner is -1"),
        ({"data.source": "cifar"}, "data.source is 'cifar'; expected synthetic or mnist"),
        ({"data.source": "cifar"}, "or fashion_mnist or ijcnn1"),
        ({"data.source": "ijcnn1"}, "unknown setting 'data.num_test' for data.source ijcnn1"),
        ({"budget": 0}, "budget is 0"),
    ],
)
def test_bad_settings_get_one_clear_sentence(given, sentence):
    with pytest.raises(SettingsError) as error:
        settings_of(DATA | {"method.name": "soba"} | given)
    assert sentence in str(error.value)


def test_ijcnn1_has_sizes_within_its_pool_and_no_noise():
    ijcnn1 = {"data.source": "ijcnn1", "method.name": "soba"}
    data = settings_of(ijcnn1).data.model_dump()
    assert set(data) == {"source", "num_train", "num_validation", "num_selection"}
    with pytest.raises(SettingsError, match=r"unknown setting 'data\.noise_rate'"):
        settings_of(ijcnn1 | {"data.noise_rate": 0.2})
    sentence = "49991; ijcnn1 has 49990 training samples, lower one of the three"
    with pytest.raises(SettingsError, match=sentence):
        settings_of(ijcnn1 | {"data.num_train": 29991})


def test_any_method_runs_from_the_command_line(tmp_path):
    words = ["run", "--seeds", "0", "1", "--set", "data.source=synthetic", "data.num_train=60"]
    words += ["data.num_validation=30", "data.num_test=50", "precision=float64", "budget=20"]
    for method in ("soba", "relax_penalize", "agreement", "filter"):
        out = tmp_path / method
        command = [*words, f"method.name={method}", "--out", str(out)]
        answer = relaxpen(tmp_path, *command)
        assert answer.returncode == 0, answer.stderr
        record = json.loads((out / "seed=1/record.json").read_text())
        assert record["method"] == record["settings"]["method"]["name"] == method
        assert record["settings"]["budget"] == 20
        manifest = read_manifest((out / "seed=1/manifest.json").read_bytes(), out)
        assert manifest.rule == ("agreement" if method == "agreement" else "comparison")
        assert manifest.code == code_here("seed=1/manifest.json", manifest)
        again = relaxpen(tmp_path, *command)
        assert again.stdout.count("already there") == 2


def test_a_run_that_diverges_before_its_first_checkpoint_is_a_recorded_run(tmp_path):
    words = ["run", "--out", "out", "--set", "data.source=synthetic", "data.num_train=60"]
    words += ["data.num_validation=30", "data.num_test=50", "method.name=soba"]
    words += ["method.inner=1e200", "budget=500"]
    answer = relaxpen(tmp_path, *words)
    assert answer.returncode == 0, answer.stderr
    assert "nonfinite" in answer.stdout
    record = json.loads((tmp_path / "out/seed=0/record.json").read_text())
    assert record["status"] == "nonfinite"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "method.name=soba", "budget=5", "budget=9"], "budget is given twice"),
        (
            ["--set", "method.name=soba", "method.inner=1", "--grid", "method.inner=[1,2]"],
            "method.inner is both in --set and in --grid",
        ),
        (
            ["--method", "no_cleaning", *SOBA],
            "--method is for methods of the",
        ),
        (
            ["--steps-of", "x", *SOBA],
            "--steps-of is for methods of the thesis",
        ),
        (
            ["--set", "data.source=[mnist]", "method.name=soba"],
            "is ['mnist']; expected synthetic or",
        ),
    ],
)
def test_contradictions_on_the_command_line_are_refused(tmp_path, words, said):
    answer = relaxpen(tmp_path, "run", "--out", "out", *words)
    assert answer.returncode != 0
    assert said in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
