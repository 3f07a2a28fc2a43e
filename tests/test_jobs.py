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
from relaxpen.data import prepare
from relaxpen.inputs.errors import DataError
from relaxpen.records.manifest import read_manifest
from relaxpen.records.record import is_current
from relaxpen.studies.batch import Batch
from relaxpen.studies.collect import collect
from relaxpen.studies.jobs import run_batch
from relaxpen.studies.points import expand
from relaxpen.studies.show import write_figure, write_table
from relaxpen.studies.study import Study
from relaxpen.tasks.all_tasks import TASKS

CPU = torch.device("cpu")
THESIS = TASKS["thesis"]
SMALL_FIXED = SMALL | {"upper.max_rounds": 1}


def batch(tmp_path, settings, seeds, method="relax_penalize", **more):
    instance = tmp_path / "instance"
    prepare.write_instance(settings.data, seeds, tmp_path / "none.npz", instance, [])
    return Batch(THESIS, settings, method, seeds, instance, None, tmp_path / method, **more)


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
    from relaxpen.records import record

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
    study = Study(
        task="thesis",
        description="x",
        seeds=[0, 1],
        methods=["relax_penalize"],
        references=True,
        fixed=SMALL_FIXED,
    )
    points = expand(study)
    assert [one.folder for one in points] == ["data/cell/relax_penalize", "data/references"]
    results = tmp_path / "results"
    data = results / "data"
    prepare.write_instance(points[0].settings.data, study.seeds, tmp_path / "none", data, [])
    for one in points:
        out = results / one.folder
        run_batch(Batch(THESIS, one.settings, one.method, study.seeds, data, None, out), CPU, [])
    collect(study, points, results)
    summary = pd.read_parquet(results / "summary.parquet")
    assert len(summary) == 2 * 1 + 2 * 3
    collect(study, points[1:], results)  # models beside the methods, which have no trace
    traces = pd.read_parquet(results / "traces.parquet")
    assert traces.empty
    assert {"instance", "method", "seed", "status"} <= set(traces)
    folder = results / "data/cell/relax_penalize"
    (folder / "seed=0/trace.parquet").write_bytes((folder / "seed=1/trace.parquet").read_bytes())
    with pytest.raises(DataError, match="seed=0 is missing or was changed"):
        collect(study, points, results)
    settings = points[0].settings
    run_batch(Batch(THESIS, settings, "relax_penalize", [0, 1], data, None, folder), CPU, [])
    changed = study.model_copy(update={"fixed": SMALL_FIXED | {"lower.ridge": 0.5}})
    with pytest.raises(DataError, match=r"was made with lower\.ridge .*, and 0\.5 is asked for"):
        collect(changed, expand(changed), results)


def test_a_study_that_only_diverges_still_makes_its_tables_and_figures(tmp_path):
    fixed = SMALL_FIXED | {"lower.step_size": 1e6, "lower.ridge": 10.0}
    tables = [name for name, one in THESIS.tables.items() if one.shows]
    shown = {"tables": tables, "figures": ["figure_4_1", "figure_4_2", "figure_4_4"]}
    methods = ["relax_penalize", "relax_round"]
    given = {"task": "thesis", "description": "x", "seeds": [0], "references": True}
    study = Study(**given, fixed=fixed, methods=methods, **shown)
    points = expand(study)
    assert [one.method for one in points] == [*methods, "references"]
    prepare.write_instance(points[0].settings.data, [0], tmp_path / "none", tmp_path / "data", [])
    for one in points:
        out = tmp_path / one.folder
        run_batch(
            Batch(THESIS, one.settings, one.method, [0], tmp_path / "data", None, out), CPU, []
        )
    collect(study, points, tmp_path)
    for name in THESIS.tables:
        write_table(name, study, points, tmp_path, tmp_path / "tables")
    final = pd.read_csv(tmp_path / "tables/final.csv").set_index("method")
    assert final.loc["relax_penalize", "num_nonfinite"] == 1
    for name in study.figures:
        write_figure(name, study, tmp_path / "tables", tmp_path / "figures")
        assert (tmp_path / f"figures/{name}.png").exists()
