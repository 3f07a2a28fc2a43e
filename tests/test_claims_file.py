"""The claims file, the page it becomes, and the worked example of the documentation."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conftest import REPOSITORY
from made_up_runs import FAILS, HOLDS, LOSS, TRACE, claims_of, losses, made_up
from relaxpen.claims.claims_file import Claims
from relaxpen.claims.load_claims import evidence_path, load_claims
from relaxpen.claims.measures import MEASURES
from relaxpen.claims.page import claims_html, claims_markdown, from_results, write_claims
from relaxpen.claims.verdicts import judge
from relaxpen.inputs.errors import SettingsError

CLAIMS = REPOSITORY / "config/claims.yaml"


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
    with pytest.raises(SettingsError, match="is not there"):
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


def test_a_statement_stays_in_its_cell():
    table = judge(claims_of(HOLDS), {"s": made_up(losses)})
    page = claims_markdown(table.assign(statement="a | b"), str)
    assert r"| 1 | a \| b | 1 of 1 |" in page


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
