import json
import math

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from conftest import DEVICES, small_instance, small_settings
from relaxpen.experiment import prepare
from relaxpen.experiment.jobs import Batch, run_batch
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.record import is_current
from relaxpen.experiment.runs import Status, run_method, run_references
from relaxpen.problems.metrics import mask_metrics

CPU = torch.device("cpu")


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
