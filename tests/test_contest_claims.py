"""Claims on comparisons: measures by hand, exact intervals, runs that never arrive, what is refused."""

import math
import shutil

import pandas as pd
import pytest

from conftest import REPOSITORY
from relaxpen.audit.reference import fill_claims
from relaxpen.claims.contest_measures import CONTEST_MEASURES
from relaxpen.claims.contest_runs import ContestRuns
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.load_claims import load_claims
from relaxpen.claims.page import claims_markdown, write_claims
from relaxpen.claims.verdicts import judge
from relaxpen.inputs.errors import SettingsError

CLAIMS = REPOSITORY / "config/claims_f2sa_adam.yaml"
MASKED = REPOSITORY / "config/claims_relax_and_penalize.yaml"
PAPERS = {CLAIMS: "002_eaa9a853c25b70d1.txt", MASKED: "004_ef9a33fa4ff1c6e1.txt"}
SEEDS = range(10, 20)


def made_up(reached, broken=()) -> ContestRuns:
    """Runs on MNIST that reach 0.8 at step reached(method, seed), or never if that is None."""
    summary, traces = [], []
    for method in ("a", "b"):
        for seed in SEEDS:
            status = "nonfinite" if (method, seed) in broken else "finished"
            place = {"instance": "one", "method": method, "setting": "", "seed": seed}
            place |= {"source": "mnist", "noise_rate": 0.5, "status": status}
            summary.append(place | {"relaxed_value_function": 1.0 + (method == "b")})
            at = reached(method, seed)
            for iteration, step in enumerate((1, at or 2, 200)):
                accuracy = 0.8 if step == at else 0.5
                row = {"iteration": iteration, "step": step, "solver_s": step / 10}
                traces.append(place | row | {"test_accuracy": accuracy, "auc": 0.5})
    return ContestRuns(pd.DataFrame(summary), pd.DataFrame(traces))


def claims_of(**check) -> ContestClaims:
    check = {"of": {"study": "s", "instance": ["one"], "method": ["a"]}} | check
    claim = {"id": "one", "line": 1, "statement": "s", "criterion": "c", "checks": [check]}
    claim |= {"evidence": ["s/to_target"]}
    return ContestClaims.model_validate({"group": "s", "claims": [claim]})


def row(runs, **check):
    (found,) = judge(claims_of(**check), {"s": runs}).to_dict("records")
    return found


FASTER = {"measure": "steps_to_target", "before": {"method": ["b"]}, "above": 0.5}


def test_faster_is_a_share_of_seeds():
    found = row(made_up(lambda method, seed: 5 if method == "a" else 9), **FASTER)
    assert (found["effect"], found["high"], found["unit"]) == (1, 1, "of seeds")
    assert found["low"] == pytest.approx(0.025 ** (1 / 10))
    assert (found["outcome"], found["interval"], found["num_seeds"]) == ("holds", "share", 10)
    assert found["against"] == "before s one, b"
    assert found["batches"] == "results/s/one/a results/s/one/b"


@pytest.mark.parametrize("steps", [(None, None), (5, 5), (None, 5)])
def test_nobody_who_never_arrives_or_arrives_together_is_faster(steps):
    found = row(made_up(lambda method, seed: steps[method == "b"]), **FASTER)
    assert (found["effect"], found["outcome"]) == (0, "fails")


def test_some_seeds_leave_it_open():
    found = row(made_up(lambda method, seed: 5 if method == "b" or seed < 14 else 3), **FASTER)
    assert (found["effect"], found["outcome"]) == (0.6, "open")


def test_a_ratio_of_times_fails_where_most_runs_never_arrive():
    check = {"measure": "seconds_to_target", "over": {"method": ["b"]}, "by": "median"}
    check |= {"within": [0.25, 1]}
    found = row(made_up(lambda method, seed: 5 if method == "a" else 10), **check)
    assert (found["effect"], found["low"], found["high"]) == (0.5, 0.5, 0.5)
    assert (found["unit"], found["outcome"]) == ("times", "holds")
    found = row(made_up(lambda method, seed: None if method == "a" else 10), **check)
    assert (found["effect"], found["outcome"]) == (math.inf, "fails")
    found = row(made_up(lambda method, seed: None), **check)
    assert found["outcome"] == "missing"  # infinitely long over infinitely long is no number


def test_a_run_that_diverges_keeps_what_it_reached_but_has_no_end():
    runs = made_up(lambda method, seed: 5 if method == "a" else 9, broken={("a", 12)})
    assert row(runs, **FASTER)["outcome"] == "holds"
    ends = row(runs, measure="end_value", minus={"method": ["b"]}, below=0)
    assert (ends["outcome"], ends["reason"]) == ("missing", "no number for every seed")


def test_reaching_is_a_share_of_seeds_too():
    runs = made_up(lambda method, seed: 5 if seed < 19 else None)
    found = row(runs, measure="reaches_target", above=0.5)
    assert (found["effect"], found["interval"], found["outcome"]) == (0.9, "share", "holds")


def test_claims_of_ours_are_marked_and_counted_apart():
    claims = claims_of(**FASTER)
    (claim,) = claims.claims
    both = [claim, claim.model_copy(update={"id": "two", "ours": True})]
    table = judge(claims.model_copy(update={"claims": both}), {"s": made_up(lambda *_: None)})
    table["evidence"] = ""
    page = claims_markdown(table, str)
    assert (
        "| 1 | (ours) s | 0 of 1 | 0 [0, 0.308] of seeds, 10 seeds | **not reproduced** |" in page
    )
    assert "1 claims: 1 not reproduced; and 1 of ours: 1 not reproduced. Effects are" in page


def test_each_block_of_a_document_is_filled_from_its_own_file(tmp_path):
    runs = made_up(lambda method, seed: 5 if method == "a" else 9)
    (tmp_path / "s").mkdir()
    runs.summary.to_parquet(tmp_path / "s/summary.parquet")
    runs.traces.to_parquet(tmp_path / "s/traces.parquet")
    paths = write_claims(claims_of(**FASTER), tmp_path, tmp_path, "claims_s")
    assert [path.name for path in paths] == [f"claims_s.{kind}" for kind in ("csv", "md", "html")]
    blocks = "<!-- claims -->\n<!-- end of claims -->\n<!-- claims s -->\n<!-- end of claims -->\n"
    text = fill_claims(blocks, tmp_path)
    assert text.startswith("<!-- claims -->\n<!-- end of claims -->\n<!-- claims s -->\n| line |")
    assert "[s/to_target](results/reference/s/tables/to_target.md)" in text
    assert text.count("<!-- end of claims -->") == 2
    assert fill_claims(text, tmp_path) == text


def test_claims_files_name_runs_that_exist_and_every_measure():
    found = [load_claims(path) for path in PAPERS]
    assert [one.group for one in found] == ["f2sa_adam", "relax-and-penalize"]
    assert found[0].studies == ["f2sa_cleaning", "f2sa_ridge", "f2sa_sensitivity", "f2sa_ijcnn1"]
    assert found[1].studies == ["group_lasso", "distillation", "distillation_samples"]
    checks = [check for one in found for claim in one.claims for check in claim.checks]
    assert {check.measure for check in checks} == set(CONTEST_MEASURES)


@pytest.mark.parametrize("claims", PAPERS, ids=lambda path: path.stem)
def test_lines_point_to_text_in_the_paper(claims):
    paper = REPOSITORY.parent / "shared/papers" / PAPERS[claims]
    if not paper.exists():
        pytest.skip("the paper is not here")
    lines = paper.read_text().splitlines()
    for claim in load_claims(claims).claims:
        assert len(lines[claim.line - 1]) > 40, claim.id
        assert not claim.figure or f"Figure {claim.figure}" in "\n".join(lines), claim.id


def refused(tmp_path, claims, old, new, sentence):
    """A claims file with one change is refused, in one line that has the sentence."""
    folder = tmp_path / "config"
    shutil.copytree(REPOSITORY / "config/studies", folder / "studies")
    text = claims.read_text()
    assert old in text
    (folder / "claims.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsError) as error:
        load_claims(folder / "claims.yaml")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("mask: [argmax]", "mask: [argmx]", "unknown mask 'argmx' in claim binary_groups; did you"),
        (
            "minus: {mask: [relaxed]}",
            "minus: {mask: [top]}",
            "unknown mask 'top' in claim rounding_",
        ),
        (", mask: [argmax]}", "}", "unknown mask '\"\"' in claim binary_groups"),
    ],
)
def test_a_mask_that_no_run_has_is_refused(tmp_path, old, new, sentence):
    refused(tmp_path, MASKED, old, new, sentence)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("measure: steps_to_target", "measure: steps_to_taget", "unknown measure 'steps_to_taget'"),
        ("study: f2sa_cleaning", "study: thesis", "on which claims without a group are; move"),
        ("study: f2sa_cleaning", "study: f2sa_cleanin", "did you mean 'f2sa_cleaning'"),
        (
            '"source=mnist,noise_rate=0.5"',
            '"source=mnist"',
            "unknown instance 'source=mnist' in cl",
        ),
        ("method: [f2sa_adam]}", "method: [f2sa_adm]}", "unknown method 'f2sa_adm' in claim"),
        ("beta_1=0.75", "beta_1=0.76", "unknown setting 'beta_1=0.76' in claim low_sensitivity"),
        ("before: {method: [f2sa, ", "before: {method: [f2sa_adam, ", "with itself"),
        ("above: 0.5", "above: 0.5\n        below: 1", "exactly one of below, above and within"),
        (
            "before: {method: [f2sa, saba, stocbio]}",
            "before: {method: [f2sa]}\n        minus: {method: [saba]}",
            "at most one of minus, over, before",
        ),
        ("above: 0.5", "above: 0.5\n        by: median", "a share of seeds has no median"),
        ("/accuracy_steps]", "/acuracy_steps]", "which no study makes"),
        ("id: faster_fashion_0.5", "id: faster_mnist_0.5", "'faster_mnist_0.5' stands twice"),
        ("before: ", "befor: ", "did you mean 'before'"),
        ("group: f2sa_adam", "grup: f2sa_adam", "did you mean 'group'"),
    ],
)
def test_bad_claims_on_comparisons_get_one_clear_sentence(tmp_path, old, new, sentence):
    refused(tmp_path, CLAIMS, old, new, sentence)
