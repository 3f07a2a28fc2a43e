"""Batches of runs on disk: records, resuming, collecting."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch

from conftest import SMALL, small_settings
from relaxpen.experiment import prepare
from relaxpen.experiment.catalog import FIGURE_DATA, TABLES
from relaxpen.experiment.collect import collect_study
from relaxpen.experiment.figures import write_figure
from relaxpen.experiment.jobs import Batch, run_batch
from relaxpen.experiment.manifest import read_manifest
from relaxpen.experiment.record import is_current
from relaxpen.experiment.studies import Study, cells
from relaxpen.experiment.tables import write_table
from relaxpen.inputs.errors import DataError

CPU = torch.device("cpu")
SMALL_FIXED = SMALL | {"upper.max_rounds": 1}


def batch(tmp_path, settings, seeds, method="relax_penalize", **more):
    instance = tmp_path / "instance"
    prepare.write_instance(settings, seeds, tmp_path / "none.npz", instance, [])
    return Batch(settings, method, seeds, instance, None, tmp_path / method, **more)


def test_same_settings_and_seed_give_the_same_bytes(tmp_path):
    settings = small_settings(upper__max_rounds=2)
    for name in ("a", "b"):
        run_batch(batch(tmp_path / name, settings, [0]), CPU, [])
    for file in ("trace.parquet", "masks.npz"):
        paths = [tmp_path / name / "relax_penalize/seed=0" / file for name in ("a", "b")]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_record_is_complete(tmp_path):
    settings = small_settings(upper__max_rounds=2)
    run_batch(batch(tmp_path, settings, [3]), CPU, [])
    folder = tmp_path / "relax_penalize/seed=3"
    record = json.loads((folder / "record.json").read_text())
    assert record["settings"] == settings.model_dump()
    assert (record["seed"], record["method"], record["status"]) == (3, "relax_penalize", "finished")
    assert record["checks"]["finite"] is True
    manifest = read_manifest((folder / "manifest.json").read_bytes(), folder)
    assert manifest.settings == settings.model_dump()
    assert (manifest.seed, manifest.rule, manifest.code) == (3, "run", record["code"])
    assert {Path(name).parent.name for name in manifest.inputs} == {"split", "labels"}
    names = {"record.json", "trace.parquet", "timing.parquet", "masks.npz"}
    assert {Path(name).name for name in manifest.outputs} == names
    assert manifest.packages["torch"] == manifest.torch["version"] == torch.__version__
    assert manifest.torch["device"] == "cpu"
    assert manifest.started < manifest.ended
    assert len(manifest.code) == len(manifest.key) == len(manifest.settings_digest) == 64
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
    run_batch(batch(tmp_path, settings, [0]), CPU, [])
    first = (tmp_path / "relax_penalize/seed=0/record.json").read_bytes()
    capsys.readouterr()
    run_batch(batch(tmp_path, settings, [0, 1]), CPU, [])
    lines = capsys.readouterr().out.splitlines()
    assert "already there" in lines[0]
    assert "finished" in lines[1]
    assert (tmp_path / "relax_penalize/seed=0/record.json").read_bytes() == first
    index = json.loads((tmp_path / "relax_penalize/index.json").read_text())["files"]
    assert set(index) == {"seed=0/manifest.json", "seed=1/manifest.json"}


def test_damaged_or_outdated_runs_are_computed_again(tmp_path):
    settings = small_settings(upper__max_rounds=1)
    work = batch(tmp_path, settings, [0])
    run_batch(work, CPU, [])
    folder = tmp_path / "relax_penalize/seed=0"
    key = read_manifest((folder / "manifest.json").read_bytes(), folder).key
    assert is_current(folder, key)
    assert not is_current(folder, "another key")
    masks = (folder / "masks.npz").read_bytes()
    (folder / "masks.npz").write_bytes(masks[:-1] + b"x")
    assert not is_current(folder, key)
    run_batch(work, CPU, [])
    assert is_current(folder, key)
    other = small_settings(upper__max_rounds=1, lower__ridge=0.1)
    run_batch(batch(tmp_path, other, [0]), CPU, [])
    assert not is_current(folder, key)


def test_a_run_that_fails_leaves_nothing_under_its_name(tmp_path, monkeypatch):
    from relaxpen.experiment import record

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(record, "_write_arrays", full_disk)
    with pytest.raises(OSError, match="no space"):
        run_batch(batch(tmp_path, small_settings(upper__max_rounds=1), [0]), CPU, [])
    assert list((tmp_path / "relax_penalize").iterdir()) == []


def test_steps_are_taken_over_from_another_run(tmp_path):
    settings = small_settings()
    run_batch(batch(tmp_path, settings, [0]), CPU, [])
    penalized = tmp_path / "relax_penalize"
    run_batch(batch(tmp_path, settings, [0], "relax_round", steps_of=penalized), CPU, [])
    records = [
        json.loads((tmp_path / name / "seed=0/record.json").read_text())
        for name in ("relax_penalize", "relax_round")
    ]
    assert records[0]["counts"]["steps"] == records[1]["counts"]["steps"]
    with pytest.raises(DataError, match="whose steps are taken over"):
        run_batch(batch(tmp_path, settings, [1], "relax_round", steps_of=penalized), CPU, [])


def test_an_instance_of_other_settings_or_changed_files_is_refused(tmp_path):
    settings = small_settings(upper__max_rounds=1)
    work = batch(tmp_path, settings, [0, 1])
    other = small_settings(upper__max_rounds=1, data__noise_rate=0.1)
    with pytest.raises(DataError, match=r"made with data\.noise_rate 0\.3, this run has 0\.1"):
        run_batch(dataclasses.replace(work, settings=other), CPU, [])
    split = tmp_path / "instance/split"
    (split / "seed=0.npz").write_bytes((split / "seed=1.npz").read_bytes())
    with pytest.raises(DataError, match=r"seed=0\.npz is missing or was changed; give another"):
        run_batch(work, CPU, [])


def test_collect_takes_only_what_the_records_say(tmp_path):
    study = Study(description="x", seeds=[0, 1], references=True, fixed=SMALL_FIXED)
    (cell,) = cells(study)
    results = tmp_path / "results"
    prepare.write_instance(cell.settings, study.seeds, tmp_path / "none", results / "data", [])
    for method, out in (
        ("relax_penalize", "data/cell/relax_penalize"),
        ("references", "data/references"),
    ):
        run_batch(
            Batch(cell.settings, method, study.seeds, results / "data", None, results / out),
            CPU,
            [],
        )
    collect_study(study, results)
    summary = pd.read_parquet(results / "summary.parquet")
    assert len(summary) == 2 * 1 + 2 * 3
    folder = results / "data/cell/relax_penalize"
    (folder / "seed=0/trace.parquet").write_bytes((folder / "seed=1/trace.parquet").read_bytes())
    with pytest.raises(DataError, match="seed=0 is missing or was changed"):
        collect_study(study, results)
    run_batch(
        Batch(cell.settings, "relax_penalize", [0, 1], results / "data", None, folder), CPU, []
    )
    changed = study.model_copy(update={"fixed": SMALL_FIXED | {"lower.ridge": 0.5}})
    with pytest.raises(DataError, match=r"was made with lower\.ridge .*, and 0\.5 is asked for"):
        collect_study(changed, results)


def test_a_study_that_only_diverges_still_makes_its_tables_and_figures(tmp_path):
    fixed = SMALL_FIXED | {"lower.step_size": 1e6, "lower.ridge": 10.0}
    shown = {"tables": list(TABLES), "figures": ["figure_4_1", "figure_4_2", "figure_4_4"]}
    methods = ["relax_penalize", "relax_round"]
    study = Study(description="x", seeds=[0], fixed=fixed, methods=methods, **shown)
    (cell,) = cells(study)
    prepare.write_instance(cell.settings, [0], tmp_path / "none", tmp_path / "data", [])
    for method in [*methods, "references"]:
        out = tmp_path / ("data/references" if method == "references" else f"data/cell/{method}")
        run_batch(Batch(cell.settings, method, [0], tmp_path / "data", None, out), CPU, [])
    collect_study(study, tmp_path)
    for name in [*TABLES, *FIGURE_DATA]:
        write_table(name, study, tmp_path, tmp_path / "tables")
    final = pd.read_csv(tmp_path / "tables/final.csv").set_index("method")
    assert final.loc["relax_penalize", "num_nonfinite"] == 1
    for name in study.figures:
        write_figure(name, tmp_path / "tables", tmp_path / "figures")
        assert (tmp_path / f"figures/{name}.png").exists()
