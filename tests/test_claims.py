"""Claims: each measure by hand, each verdict word, what is refused, and the worked example."""

import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conftest import REPOSITORY
from relaxpen.claims.claims_file import Claims
from relaxpen.claims.effects import Runs, best, slope
from relaxpen.claims.load_claims import evidence_path, load_claims
from relaxpen.claims.measures import MEASURES
from relaxpen.claims.page import claims_html, claims_markdown, from_results, write_claims
from relaxpen.claims.verdicts import interval, judge, outcome, verdict
from relaxpen.experiment.settings import SettingsError
from relaxpen.experiment.statistics import Interval

CLAIMS = REPOSITORY / "config/claims.yaml"
TRACE = ["iteration", "phase", "test_loss", "validation_loss", "num_lower_steps", "solver_s"]
TRACE += ["instance", "cell", "method", "seed"]


def made_up(loss, steps=(1, 2), seeds=range(3), broken=()) -> Runs:
    """Runs on synthetic data whose final models have the test loss loss(method, T, seed)."""
    rows = []
    for seed in seeds:
        for method, num_steps in [("relax_penalize", t) for t in steps] + [("references", None)]:
            status = "nonfinite" if (num_steps, seed) in broken else "finished"
            mask = "noisy" if method == "references" else "nearest"
            row = {"source": "synthetic", "noise_rate": 0.2, "num_steps": num_steps}
            row |= {"method": method, "seed": seed, "status": status}
            row |= {"instance": "one", "cell": f"num_steps={num_steps}"}
            row["mask"] = mask if status == "finished" else None
            rows.append(row | {"refit_test_loss": loss(method, num_steps, seed)})
    return Runs(pd.DataFrame(rows), pd.DataFrame(columns=TRACE))


def claims_of(*checks, **facts) -> Claims:
    """One claim with these checks on the made-up runs."""
    of = {"study": "s", "source": "synthetic", "noise_rate": [0.2], "num_steps": [1]}
    checks = [{"measure": "refit_test_loss", "of": of} | check for check in checks]
    claim = {"id": "one", "line": 1, "statement": "s"} | facts
    if checks:
        claim |= {"checks": checks, "criterion": "c", "evidence": ["s/final"]}
    return Claims.model_validate({"claims": [claim]})


def word(runs: Runs, *checks) -> str:
    return judge(claims_of(*checks), {"s": runs}).verdict.iloc[0]


LOSS = {"references": 1.0}


def losses(method, num_steps, seed):
    """About 0.5 at T = 1, 0.7 at T = 2; noisy data 1.0."""
    return LOSS.get(method, 0.5 + 0.2 * ((num_steps or 1) - 1)) + 0.01 * seed * (num_steps or 0)


HOLDS, FAILS, OPEN = {"below": 0.6}, {"above": 0.6}, {"below": 0.51}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([HOLDS, HOLDS], "reproduced"),
        ([FAILS, FAILS], "not reproduced"),
        ([HOLDS, FAILS], "partly"),
        ([HOLDS, OPEN], "partly"),
        ([FAILS, OPEN], "not reproduced"),
        ([OPEN], "not decidable"),
    ],
)
def test_every_verdict_word_comes_out(checks, expected):
    assert word(made_up(losses), *checks) == expected


def test_a_claim_with_a_reason_is_not_decidable():
    table = judge(claims_of(reason="no figure"), {})
    assert table.verdict.tolist() == ["not decidable"]
    assert table.reason.tolist() == ["no figure"]


def test_verdict_of_missing_numbers():
    assert verdict(["missing"]) == "not decidable"
    assert verdict(["missing", "holds"]) == "partly"
    assert verdict(["missing", "fails"]) == "not reproduced"
    assert verdict([]) == "not decidable"


def test_a_run_that_did_not_finish_is_never_left_out():
    runs = made_up(losses, broken={(1, 2)})
    (row,) = judge(claims_of(HOLDS), {"s": runs}).to_dict("records")
    assert (row["outcome"], row["verdict"], row["num_seeds"]) == ("missing", "not decidable", 3)
    assert row["reason"] == "no number for every seed"


def test_interval_is_that_of_scipy_over_paired_seeds():
    noise = dict(enumerate(np.random.default_rng(0).normal(size=6)))
    runs = made_up(lambda method, t, seed: 3 * seed + (t or 0) * noise[seed], seeds=noise)
    check = {"minus": {"num_steps": [2]}, "below": 0}
    (row,) = judge(claims_of(check), {"s": runs}).to_dict("records")
    effect = -np.array(list(noise.values()))
    low, high = stats.t.interval(0.95, 5, loc=effect.mean(), scale=stats.sem(effect))
    assert (row["effect"], row["low"], row["high"]) == pytest.approx((effect.mean(), low, high))
    assert row["num_seeds"] == 6


def test_ratio_references_and_lists_of_num_steps():
    runs = made_up(lambda method, t, seed: LOSS.get(method, 2.0 ** (t or 0)))
    over = {"over": {"num_steps": [2]}, "within": [0.5, 0.5]}
    noisy = {"minus": {"method": "references", "mask": "noisy"}, "above": 0}
    table = judge(claims_of(over, noisy), {"s": runs})
    assert table.effect.tolist() == [0.5, 1.0]
    assert table.unit.tolist() == ["times", "nats"]
    assert set(table.outcome) == {"holds"}


@pytest.mark.parametrize(
    ("threshold", "low", "high", "expected"),
    [
        ({"below": 0}, -2, -1, "holds"),
        ({"below": 0}, -1, 0, "open"),
        ({"below": 0}, 0, 0, "fails"),
        ({"above": 0}, 1, 2, "holds"),
        ({"above": 0}, 0, 0, "fails"),
        ({"above": 0}, -1, 1, "open"),
        ({"within": [0, 1]}, 0, 1, "holds"),
        ({"within": [0, 1]}, 0.5, 1.5, "open"),
        ({"within": [0, 1]}, 1.5, 2, "fails"),
        ({"within": [0, 0]}, 0, 0, "holds"),
        ({"within": [0, 1]}, math.nan, math.nan, "missing"),
    ],
)
def test_outcome_of_an_interval(threshold, low, high, expected):
    check = claims_of(threshold).claims[0].checks[0]
    assert outcome(check, Interval((low + high) / 2, low, high)) == expected


def test_an_infinite_effect_has_no_interval():
    assert all(map(math.isnan, interval(pd.Series([1.0, math.inf]))))


def test_slope_and_best_over_t():
    by_steps = pd.Series({1: 5.0, 2: 3.0, 4: 1.0})
    assert slope(by_steps) == pytest.approx(-2)  # per doubling
    assert best(by_steps) == 2  # T = 4
    assert math.isnan(best(by_steps.replace(3.0, math.nan)))


def test_the_claims_file_loads_and_names_runs_that_exist():
    claims = load_claims(CLAIMS)
    assert claims.studies == ["confirm_synthetic", "confirm_mnist"]
    used = {check.measure for claim in claims.claims for check in claim.checks}
    assert used == set(MEASURES)


def test_lines_point_to_text_in_the_thesis():
    papers = REPOSITORY.parent / "shared/papers/000_5cabdad81d26c3df.txt"
    if not papers.exists():
        pytest.skip("the thesis is not here")
    lines = papers.read_text().splitlines()
    for claim in load_claims(CLAIMS).claims:
        text = lines[claim.line - 1]
        assert text.strip(), claim.id
        if claim.figure and claim.line < 640:
            start = "\n".join(lines[claim.line - 20 : claim.line + 20])
            assert f"Figure {claim.figure}" in start, claim.id


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("measure: settling", "measure: setling", "unknown measure 'setling' in claim faster"),
        ("study: confirm_mnist", "study: confirm_mnst", "unknown study 'confirm_mnst'"),
        (
            "id: faster_synthetic_0.5",
            "id: faster_synthetic_0.2",
            "'faster_synthetic_0.2' stands tw",
        ),
        ("[1, 2, 5, 10, 20]", "[1, 2, 7]", "has no cell synthetic, noise_rate=0.2, num_steps=7"),
        ("noise_rate: [0.5]", "noise_rate: [0.4]", "has no cell synthetic, noise_rate=0.4"),
        ("source: mnist", "source: cifar", "Input should be 'synthetic' or 'mnist'"),
        ("across: slope", "acros: slope", "unknown key 'acros'"),
        ("below: 0\n", "below: 0\n        above: 1\n", "exactly one of below, above and within"),
        ("/figure_4_1]", "/figure_4_9]", "which no study makes"),
        ("method: relax_round", "method: exact_gradient", "unknown method 'exact_gradient'"),
        ("mask: noisy", "mask: nosy", "unknown mask 'nosy' in claim"),
        ("minus: {noise_rate: 0.5}", "minus: {noise_rate: 0.2}", "with itself"),
        ("reason: ", "raison: ", "unknown key 'raison'"),
        ("    line: 591", "    line: 591\n    line: 592", "the key 'line' stands twice"),
    ],
)
def test_bad_claims_get_one_clear_sentence(tmp_path, old, new, sentence):
    shutil.copytree(REPOSITORY / "config/studies", tmp_path / "studies")
    text = CLAIMS.read_text()
    assert old in text
    (tmp_path / "claims.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsError) as error:
        load_claims(tmp_path / "claims.yaml")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_claims_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_claims(tmp_path / "claims.yaml")


def test_page_has_a_row_per_claim_and_links_that_are_mapped():
    table = judge(claims_of(HOLDS, FAILS), {"s": made_up(losses)})
    table["evidence"] = "results/s/tables/final.md"
    assert "<td>partly</td>" in claims_html(table)
    page = claims_markdown(table, lambda path: f"over/{path}")
    assert "| 1 | s | 1 of 2 | 0.51 [0.485, 0.535] nats, 3 seeds | **partly** |" in page
    assert "[s/final](over/results/s/tables/final.md)" in page
    assert "1 claims: 1 partly." in page
    assert from_results(evidence_path("s/final")) == "s/tables/final.md"
    assert from_results(evidence_path("s/figure_4_1")) == "../figures/s/figure_4_1.png"


def test_files_are_written_from_the_folders_of_the_studies(tmp_path):
    runs = made_up(losses)
    (tmp_path / "s").mkdir()
    runs.summary.to_parquet(tmp_path / "s/summary.parquet")
    pd.DataFrame(columns=TRACE).to_parquet(tmp_path / "s/traces.parquet")
    paths = write_claims(claims_of(HOLDS), tmp_path, tmp_path)
    assert [path.name for path in paths] == ["claims.csv", "claims.md", "claims.html"]
    table = pd.read_csv(paths[0])
    assert table.verdict.tolist() == ["reproduced"]
    assert table.evidence.tolist() == ["results/s/tables/final.md"]
    assert all(name.startswith("results/s/one/") for name in table.batches[0].split())


@pytest.mark.parametrize(
    ("studies", "planned"),
    [("confirm_synthetic", False), ("confirm_synthetic,confirm_mnist", True)],
)
def test_claims_are_planned_where_all_their_studies_are(studies, planned):
    command = [Path(sys.executable).with_name("snakemake"), "-n", "--forceall", "--cores", "1"]
    command += ["--quiet", "rules", "--config", f"studies=[{studies}]"]
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(
        command, cwd=REPOSITORY, env=os.environ | path, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert bool(re.search(r"^claims +1$", result.stdout, re.MULTILINE)) == planned


def test_the_worked_example_finds_the_verdict(tmp_path, monkeypatch, capsys):
    """The code of docs/claims.md, on made-up runs: the numbers that judge gives."""
    document = (REPOSITORY / "docs/claims.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    noise = np.random.default_rng(1).normal(size=8)
    runs = made_up(
        lambda method, t, seed: LOSS.get(method, 0.9) + 0.01 * noise[seed - 5] * (t or 1),
        steps=[1, 5],
        seeds=range(5, 13),
    )
    runs.summary["source"] = "mnist"
    folder = tmp_path / "results/confirm_mnist"
    folder.mkdir(parents=True)
    runs.summary.to_parquet(folder / "summary.parquet")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/claims.md", "exec"), {})
    (claim,) = [one for one in load_claims(CLAIMS).claims if one.id == "not_better_t5_mnist_0.2"]
    row = judge(Claims(claims=[claim]), {"confirm_mnist": runs}).iloc[0]
    expected = f"{row.effect:.6f} [{row.low:.6f}, {row.high:.6f}]"
    assert capsys.readouterr().out == f"8 seeds: {expected}\n"
    assert row.verdict == "not reproduced"


def test_no_claim_file_of_this_repository_names_a_machine():
    for path in [CLAIMS, *Path(REPOSITORY / "src/relaxpen/claims").glob("*.py")]:
        assert not re.search(r"/(work|tmp|home)/", path.read_text()), path
