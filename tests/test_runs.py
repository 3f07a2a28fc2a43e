import dataclasses
import json
import math
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from torch.nn.functional import cross_entropy

from conftest import DEVICES, SMALL, small_instance, small_settings
from relaxpen.experiment import prepare
from relaxpen.experiment.build import build_method, build_problem, torch_stream
from relaxpen.experiment.catalog import FIGURE_DATA, TABLES
from relaxpen.experiment.collect import collect_study
from relaxpen.experiment.figures import write_figure
from relaxpen.experiment.jobs import Batch, run_batch
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.record import is_current
from relaxpen.experiment.runs import Status, run_method, run_references
from relaxpen.experiment.studies import Study, cells
from relaxpen.experiment.tables import write_table
from relaxpen.method.problem import Evaluation
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.metrics import mask_metrics
from relaxpen.problems.refit import fit_on

CPU = torch.device("cpu")
SMALL_FIXED = SMALL | {"upper.max_rounds": 1}


def finish(settings, method="relax_penalize", seed=0, device="cpu", **more):
    *_, result = run_method(settings, method, small_instance(settings, seed, device), seed, **more)
    return result


def batch(tmp_path, settings, seeds, method="relax_penalize", **more):
    instance = tmp_path / "instance"
    prepare.write_instance(settings, seeds, tmp_path / "none.npz", instance)
    return Batch(settings, method, seeds, instance, None, tmp_path / method, **more)


def test_a_run_ends_binary_and_counts_its_cost():
    settings = small_settings()
    result = finish(settings)
    assert result.status is Status.finished
    assert result.checks == {"finite": True, "binary": True, "refits_converged": True}
    steps = result.counts["steps"]
    assert steps == 20 * result.counts["rounds"]
    assert [row["phase"] for row in result.trace] == ["search"] * steps + ["final"]
    assert result.counts["num_values"] == steps * 9
    assert result.counts["num_lower_steps"] == steps * 9 * 4
    assert len(result.solver_s) == len(result.trace)
    assert result.solver_s == sorted(result.solver_s)
    mask = result.binary["nearest"]
    assert set(mask.tolist()) <= {0.0, 1.0}
    assert (mask - result.theta).abs().max() < 1e-2


def test_every_number_of_a_step_is_measured_where_it_says():
    """A trace row, the final row and the judged mask, each computed again by hand."""
    settings = small_settings(upper__max_rounds=1)
    instance = small_instance(settings)
    problem = build_problem(settings, instance)
    theta = torch.full((40,), 0.5, dtype=torch.float64)
    streams = (torch_stream(0, "directions"), torch_stream(0, "batches"))
    method = build_method(settings, "relax_penalize", 40)
    start = problem.initial_params()
    steps = list(islice(method.iterate(problem, theta, start, *streams), 20))
    result = finish(settings)
    test = problem.restrict(instance.test)
    for number in (0, 7, 19):
        row, params = result.trace[number], steps[number].estimate.params
        loss = cross_entropy(test.features @ params.T, test.labels).item()
        assert row["test_loss"] == pytest.approx(loss, rel=1e-12)
        assert row["validation_loss"] == steps[number].estimate.value
        assert row["mass"] == steps[number].theta.sum().item()
        assert row["num_lower_steps"] == (number + 1) * 9 * 4
    final, last = result.trace[-1], steps[-1]
    after = problem.evaluate(last.next_theta[None], last.estimate.params)
    assert final["validation_loss"] == pytest.approx(after.values[0].item(), rel=1e-12)
    assert final["num_lower_steps"] == 20 * 9 * 4 + 4
    mask, judged = (last.next_theta >= 0.5).double(), result.masks["nearest"]
    value = problem.evaluate(mask[None], last.estimate.params).values[0].item()
    assert judged["upper_value"] == pytest.approx(value, rel=1e-12)
    kept = instance.train.select(mask)
    params = fit_on(kept, settings.lower.ridge, 2).params
    loss = cross_entropy(instance.test.features @ params.T, instance.test.labels).item()
    assert judged["refit_test_loss"] == pytest.approx(loss, rel=1e-9)
    clean = instance.validation
    loss = cross_entropy(clean.features @ params.T, clean.labels).item()
    assert judged["refit_validation_loss"] == pytest.approx(loss, rel=1e-9)


def test_a_gradient_that_is_lost_is_a_status_too(monkeypatch):
    """An overflow in a perturbed solve alone: the base value stays finite."""
    evaluate = HyperCleaning.evaluate

    def overflowing(self, thetas, start, batches=None):
        values, params = evaluate(self, thetas, start, batches)
        values[1:] = torch.inf
        return values, params

    settings = small_settings()
    instance = small_instance(settings)
    monkeypatch.setattr(HyperCleaning, "evaluate", lambda *a: Evaluation(*overflowing(*a)))
    *_, result = run_method(settings, "relax_penalize", instance, 0)
    assert result.status is Status.nonfinite
    assert not result.masks


def test_the_step_best_on_the_selection_set_is_reported():
    result = finish(small_settings(data__num_selection=25, upper__max_rounds=1))
    losses = [row["selection_loss"] for row in result.trace]
    best = result.trace[losses.index(min(losses))]
    assert result.selected["selection_loss"] == min(losses)
    assert result.selected["test_loss"] == best["test_loss"]
    assert finish(small_settings(upper__max_rounds=1)).selected == {}


def test_the_snap_is_measured_before_and_after():
    result = finish(small_settings())
    before, after = result.relaxed["upper_value"], result.masks["nearest"]["upper_value"]
    assert before == pytest.approx(after, abs=0.02)
    assert before != after


def test_rounding_baseline_takes_the_given_steps_and_no_penalty():
    settings = small_settings()
    result = finish(settings, "relax_round", num_steps=33)
    assert result.counts["steps"] == 33
    assert all(row["penalty"] == 0 for row in result.trace)
    assert set(result.masks) == {"nearest", "budget"}
    assert result.masks["budget"]["num_kept"] == round(result.relaxed["mass"])


def test_exact_gradient_does_at_least_as_well_as_few_random_directions():
    settings = small_settings(data__num_train=200, data__noise_rate=0.4, lower__num_steps=10)
    exact, random = (finish(settings, name) for name in ("exact_gradient", "relax_penalize"))
    found = [each.masks["nearest"]["value_function"] for each in (exact, random)]
    assert found[0] < found[1]


def test_as_printed_discards_everything():
    result = finish(small_settings(), "as_printed")
    assert result.masks["nearest"]["num_kept"] == 0
    assert result.masks["nearest"]["refit_test_loss"] == pytest.approx(math.log(2))


def test_references_need_no_search():
    settings = small_settings()
    instance = small_instance(settings)
    result = run_references(settings, instance)
    assert set(result.masks) == {"noisy", "oracle", "validation_only"}
    assert result.masks["noisy"]["num_kept"] == 40
    assert result.masks["oracle"]["num_kept"] == 40 - 12
    assert result.masks["oracle"]["f1"] == 1
    assert "num_kept" not in result.masks["validation_only"]
    assert not result.trace


@pytest.mark.parametrize("step_size", [1e5, 1e200])
def test_divergence_is_a_status_and_not_a_number(step_size):
    result = finish(small_settings(lower__step_size=step_size, lower__ridge=10))
    assert result.status is Status.nonfinite
    assert result.checks["finite"] is False
    assert not result.masks
    assert result.counts["steps"] == len(result.trace) >= 1


def test_selection_loss_is_traced_where_there_is_a_selection_set():
    with_set = finish(small_settings(data__num_selection=25, upper__max_rounds=1))
    without = finish(small_settings(upper__max_rounds=1))
    assert all(0 < row["selection_loss"] < 5 for row in with_set.trace)
    assert all(math.isnan(row["selection_loss"]) for row in without.trace)


def test_solver_is_not_shown_which_labels_are_wrong():
    """The same run with the truth about the labels inverted takes the same steps."""
    settings = small_settings(upper__max_rounds=1)
    instance = small_instance(settings)
    blind = instance._replace(changed=~instance.changed, test=instance.validation)
    *_, one = run_method(settings, "relax_penalize", instance, 0)
    *_, two = run_method(settings, "relax_penalize", blind, 0)
    assert torch.equal(one.theta, two.theta)
    assert mask_metrics(one.theta, instance.changed).auc != one.trace[0]["auc"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch_size", [None, 10])
def test_same_seed_same_run_other_seed_other_run(device, batch_size):
    settings = small_settings(upper__max_rounds=2, lower__batch_size=batch_size)
    results = [finish(settings, seed=seed, device=device) for seed in (0, 0, 1)]
    assert torch.equal(results[0].theta, results[1].theta)
    assert not torch.equal(results[0].theta, results[2].theta)


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_sees_the_same_directions(device):
    settings = small_settings(upper__max_rounds=1)
    here, cpu = finish(settings, device=device), finish(settings)
    losses = [[row["validation_loss"] for row in result.trace[:5]] for result in (here, cpu)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_same_settings_and_seed_give_the_same_bytes(tmp_path):
    settings = small_settings(upper__max_rounds=2)
    for name in ("a", "b"):
        run_batch(batch(tmp_path / name, settings, [0]), CPU)
    for file in ("trace.parquet", "masks.npz"):
        paths = [tmp_path / name / "relax_penalize/seed=0" / file for name in ("a", "b")]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_record_is_complete(tmp_path):
    settings = small_settings(upper__max_rounds=2)
    run_batch(batch(tmp_path, settings, [3]), CPU)
    folder = tmp_path / "relax_penalize/seed=3"
    record = json.loads((folder / "record.json").read_text())
    assert record["settings"] == settings.model_dump()
    assert (record["seed"], record["method"], record["status"]) == (3, "relax_penalize", "finished")
    assert set(record["data"]) == {"split", "labels"}
    assert record["checks"]["finite"] is True
    assert record["machine"]["device"] == "cpu"
    assert record["versions"]["torch"] == torch.__version__
    assert len(record["code"]) == len(record["key"]) == 64
    trace = pq.read_table(folder / "trace.parquet").to_pylist()
    needed = {
        "round", "step", "epsilon", "validation_loss", "test_loss", "test_accuracy",
        "fractionality", "num_kept", "precision", "recall", "f1", "auc", "gap", "num_values",
        "num_lower_steps", "iteration", "penalty",
    }  # fmt: skip
    assert needed <= set(trace[0])
    masks = np.load(folder / "masks.npz")
    assert masks["nearest"].dtype == bool
    assert masks["theta"].shape == (40,)


def test_finished_runs_are_kept_and_only_new_seeds_computed(tmp_path, capsys):
    settings = small_settings(upper__max_rounds=1)
    run_batch(batch(tmp_path, settings, [0]), CPU)
    first = (tmp_path / "relax_penalize/seed=0/record.json").read_bytes()
    capsys.readouterr()
    run_batch(batch(tmp_path, settings, [0, 1]), CPU)
    lines = capsys.readouterr().out.splitlines()
    assert "already there" in lines[0]
    assert "finished" in lines[1]
    assert (tmp_path / "relax_penalize/seed=0/record.json").read_bytes() == first
    index = json.loads((tmp_path / "relax_penalize/index.json").read_text())["files"]
    assert set(index) == {"seed=0/record.json", "seed=1/record.json"}


def test_damaged_or_outdated_runs_are_computed_again(tmp_path):
    settings = small_settings(upper__max_rounds=1)
    work = batch(tmp_path, settings, [0])
    run_batch(work, CPU)
    folder = tmp_path / "relax_penalize/seed=0"
    record = json.loads((folder / "record.json").read_text())
    assert is_current(folder, record["key"])
    assert not is_current(folder, "another key")
    masks = (folder / "masks.npz").read_bytes()
    (folder / "masks.npz").write_bytes(masks[:-1] + b"x")
    assert not is_current(folder, record["key"])
    run_batch(work, CPU)
    assert is_current(folder, record["key"])
    other = small_settings(upper__max_rounds=1, lower__ridge=0.1)
    run_batch(batch(tmp_path, other, [0]), CPU)
    assert not is_current(folder, record["key"])


def test_a_run_that_fails_leaves_nothing_under_its_name(tmp_path, monkeypatch):
    from relaxpen.experiment import record

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(record, "_write_arrays", full_disk)
    with pytest.raises(OSError, match="no space"):
        run_batch(batch(tmp_path, small_settings(upper__max_rounds=1), [0]), CPU)
    assert list((tmp_path / "relax_penalize").iterdir()) == []


def test_steps_are_taken_over_from_another_run(tmp_path):
    settings = small_settings()
    run_batch(batch(tmp_path, settings, [0]), CPU)
    penalized = tmp_path / "relax_penalize"
    run_batch(batch(tmp_path, settings, [0], "relax_round", steps_of=penalized), CPU)
    records = [
        json.loads((tmp_path / name / "seed=0/record.json").read_text())
        for name in ("relax_penalize", "relax_round")
    ]
    assert records[0]["counts"]["steps"] == records[1]["counts"]["steps"]
    with pytest.raises(DataError, match="whose steps are taken over"):
        run_batch(batch(tmp_path, settings, [1], "relax_round", steps_of=penalized), CPU)


def test_an_instance_of_other_settings_or_changed_files_is_refused(tmp_path):
    settings = small_settings(upper__max_rounds=1)
    work = batch(tmp_path, settings, [0, 1])
    other = small_settings(upper__max_rounds=1, data__noise_rate=0.1)
    with pytest.raises(DataError, match=r"made with data\.noise_rate 0\.3, this run has 0\.1"):
        run_batch(dataclasses.replace(work, settings=other), CPU)
    split = tmp_path / "instance/split"
    (split / "seed=0.npz").write_bytes((split / "seed=1.npz").read_bytes())
    with pytest.raises(DataError, match=r"seed=0\.npz is missing or was changed; delete"):
        run_batch(work, CPU)


def test_collect_takes_only_what_the_records_say(tmp_path):
    study = Study(description="x", seeds=[0, 1], references=True, fixed=SMALL_FIXED)
    (cell,) = cells(study)
    results = tmp_path / "results"
    prepare.write_instance(cell.settings, study.seeds, tmp_path / "none", results / "data")
    for method, out in (
        ("relax_penalize", "data/cell/relax_penalize"),
        ("references", "data/references"),
    ):
        run_batch(
            Batch(cell.settings, method, study.seeds, results / "data", None, results / out), CPU
        )
    collect_study(study, results)
    summary = pd.read_parquet(results / "summary.parquet")
    assert len(summary) == 2 * 1 + 2 * 3
    folder = results / "data/cell/relax_penalize"
    (folder / "seed=0/trace.parquet").write_bytes((folder / "seed=1/trace.parquet").read_bytes())
    with pytest.raises(DataError, match="seed=0 is missing or was changed"):
        collect_study(study, results)
    run_batch(Batch(cell.settings, "relax_penalize", [0, 1], results / "data", None, folder), CPU)
    changed = study.model_copy(update={"fixed": SMALL_FIXED | {"lower.ridge": 0.5}})
    with pytest.raises(DataError, match="was made with other settings"):
        collect_study(changed, results)


def test_a_study_that_only_diverges_still_makes_its_tables_and_figures(tmp_path):
    fixed = SMALL_FIXED | {"lower.step_size": 1e6, "lower.ridge": 10.0}
    shown = {"tables": list(TABLES), "figures": ["figure_4_1", "figure_4_2", "figure_4_4"]}
    methods = ["relax_penalize", "relax_round"]
    study = Study(description="x", seeds=[0], fixed=fixed, methods=methods, **shown)
    (cell,) = cells(study)
    prepare.write_instance(cell.settings, [0], tmp_path / "none", tmp_path / "data")
    for method in [*methods, "references"]:
        out = tmp_path / ("data/references" if method == "references" else f"data/cell/{method}")
        run_batch(Batch(cell.settings, method, [0], tmp_path / "data", None, out), CPU)
    collect_study(study, tmp_path)
    for name in [*TABLES, *FIGURE_DATA]:
        write_table(name, study, tmp_path, tmp_path / "tables")
    final = pd.read_csv(tmp_path / "tables/final.csv").set_index("method")
    assert final.loc["relax_penalize", "num_nonfinite"] == 1
    for name in study.figures:
        write_figure(name, tmp_path / "tables", tmp_path / "figures")
        assert (tmp_path / f"figures/{name}.png").exists()
