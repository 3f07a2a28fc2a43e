"""What makes results old: another default, package or study; seen and planned also without .snakemake."""

import shutil
from pathlib import Path

import pytest

from conftest import REPOSITORY
from pipeline import made_once, make_all, make_tiny, planned, relaxpen, snakemake

SETTINGS = "src/relaxpen/tasks/thesis/settings.py"
DATA = "src/relaxpen/data/sources/synthetic.py"
STUDY = "config/studies/tiny.yaml"
RUN = "results/tiny/data/num_steps=1/relax_penalize/seed=0/manifest.json and 7 more: "
SHOWN = {"collect_runs", "table", "figure_data", "figure", "all"}
RUNS = {"run_tiny_T1", "run_tiny_T2"} | SHOWN
# file, text, what stands in its place, what verify says first, what Snakemake would run
CASES = {
    "radius floor": (
        *(SETTINGS, "radius_floor: float = Field(1e-2", "radius_floor: float = Field(2e-2"),
        *(f"{RUN}made with upper.radius_floor 0.01, and 0.02 is asked for", RUNS),
    ),
    "step size": (
        *(SETTINGS, '"lower.step_size": 0.1, "precision": "float64"'),
        '"lower.step_size": 0.2, "precision": "float64"',
        *(f"{RUN}made with lower.step_size 0.1, and 0.2 is asked for", RUNS),
    ),
    "number of test samples": (
        *(DATA, "num_test: int = Field(5000", "num_test: int = Field(4999"),
        "results/tiny/data/split/manifest.json and 11 more: made with data.num_test 5000, and 4999 is "
        "asked for",
        RUNS | {"split", "corrupt_labels", "references_tiny"},
    ),
    "a seed more": (STUDY, "seeds: [0, 1]", "seeds: [0, 1, 2]", f"{STUDY} is not what", RUNS),
    "a seed less": (STUDY, "seeds: [0, 1]", "seeds: [0]", f"{STUDY} is not what", RUNS),
    "a cell more": (
        *(STUDY, "lower.num_steps: [1, 2]", "lower.num_steps: [1, 2, 3]"),
        *(f"{STUDY} is not what", {"run_tiny_T3"} | SHOWN),
    ),
    "a cell less": (
        *(STUDY, "lower.num_steps: [1, 2]", "lower.num_steps: [1]"),
        *(f"{STUDY} is not what", SHOWN),
    ),
}
# What else is said, of the runs themselves, where Snakemake would not know of the file's text.
ALSO = {
    "a seed more": "seed=2 and 4 more: asked for, but not made",
    "a seed less": "no study asks for it any more; rm -r results/tiny/",
    "a cell more": "num_steps=3/relax_penalize/seed=0 and 3 more: asked for, but not made",
    "a cell less": "no study asks for it any more; rm -r results/tiny/",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tiny study with code of its own and the default number of test samples, run once."""
    return made_once(tmp_path_factory, "coded", make_coded)


def make_coded(folder):
    make_tiny(folder)
    shutil.copytree(REPOSITORY / "src/relaxpen", folder / "src/relaxpen")
    study = folder / STUDY
    study.write_text(study.read_text().replace(", data.num_test: 50", ""))
    make_all(folder, env={"PYTHONPATH": str(folder / "src")})


@pytest.mark.parametrize("case", CASES)
def test_verify_says_in_what_results_are_old_and_snakemake_plans_them(made, tmp_path, case):
    file, old, new, said, jobs = CASES[case]
    folder = tmp_path / "tree"
    shutil.copytree(made, folder)
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    where = {"PYTHONPATH": str(folder / "src")}
    for _ in ("with .snakemake", "and without"):
        result = snakemake(folder, "-n", env=where)
        assert set(planned(result.stdout)) >= jobs, result.stdout[-2000:]
        answer = relaxpen(folder, "verify", env=where)
        assert answer.returncode == 1
        assert "current: NO" in answer.stdout
        assert f"first: {said}" in answer.stdout
        assert ALSO.get(case, "") in answer.stdout
        assert "to make it anew: snakemake --cores all --forceall all" in answer.stdout
        shutil.rmtree(folder / ".snakemake", ignore_errors=True)


def test_what_is_current_is_not_planned_without_the_records_of_snakemake(made, tmp_path):
    folder = tmp_path / "tree"
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns(".snakemake"))
    where = {"PYTHONPATH": str(folder / "src")}
    assert "Nothing to be done" in snakemake(folder, "-n", env=where).stdout
    path = folder / STUDY
    path.write_text(path.read_text().replace("seeds: [0, 1]", "seeds: [0, 1, 2]"))
    make_all(folder, env=where)
    answer = relaxpen(folder, "verify", env=where)
    assert "intact: yes" in answer.stdout, answer.stdout
    assert "current: NO" not in answer.stdout, answer.stdout


def installed(folder: Path, name: str, version: str) -> dict[str, str]:
    """An environment in which a package has another version, as far as anybody can tell."""
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("name", ["torch", "numpy", "scipy", "pyarrow"])
def test_another_version_of_a_package_makes_results_old(tree, tmp_path, name):
    answer = relaxpen(tree, "verify", env=installed(tmp_path / "site", name, "0.0.1"))
    assert answer.returncode == 1
    assert f"made with {name} " in answer.stdout
    assert ", and 0.0.1 is installed here" in answer.stdout


def test_a_pin_that_was_changed_makes_results_old_before_it_is_installed(tree):
    pins = tree / "requirements.txt"
    lines = pins.read_text().splitlines()
    other = ["torch==0.0.1" if line.startswith("torch==") else line for line in lines]
    pins.write_text("\n".join(other) + "\n")
    answer = relaxpen(tree, "verify")
    assert answer.returncode == 1
    assert "and requirements.txt asks for 0.0.1" in answer.stdout


def test_a_run_by_hand_is_asked_for_by_nobody(tree):
    words = ["run", "--set", "data.num_train=50", "upper.max_rounds=1", "--out", "results/hand"]
    assert relaxpen(tree, *words).returncode == 0
    assert relaxpen(tree, "verify", "results/hand").returncode == 0
