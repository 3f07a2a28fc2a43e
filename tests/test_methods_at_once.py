"""Several methods in one process: the same runs as one by one, and what is refused."""

import pytest

from relaxpen.cli import parser

CELL = [
    "--set",
    "data.num_train=40",
    "data.num_validation=20",
    "data.num_test=20",
    "upper.max_rounds=1",
]


def test_methods_of_one_process_are_those_of_two(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = ["run", "--method", "no_cleaning", "relax_penalize", *CELL, "--out", "both"]
    assert parser.main(both) == 0
    at = ["--instance", "both/instance"]
    assert parser.main(["run", "--method", "relax_penalize", *CELL, *at, "--out", "alone"]) == 0
    taken = ["--steps-of", "alone", "--out", "taken"]
    assert parser.main(["run", "--method", "no_cleaning", *CELL, *at, *taken]) == 0
    for one, other in (("relax_penalize", "alone"), ("no_cleaning", "taken")):
        for name in ("record.json", "trace.parquet", "masks.npz"):
            there = (tmp_path / f"both/{one}/seed=0/{name}").read_bytes()
            assert there == (tmp_path / f"{other}/seed=0/{name}").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_cleaning", "exact_gradient"], "takes over the numbers of steps of relax_penalize"),
        (["relax_penalize", "relax_penalize"], "--method names relax_penalize twice"),
        (["relax_penalize", "as_printed", "--grid", "lower.num_steps=[1,2]"], "--grid is for one"),
        (["relax_penalize", "as_printed", "--steps-of", "x"], "--steps-of is for one"),
    ],
)
def test_contradictions_are_refused(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert parser.main(["run", "--method", *words, *CELL, "--out", "x"]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
