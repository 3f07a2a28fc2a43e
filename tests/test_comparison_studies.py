"""Studies of comparisons: what their files may say, what is chosen, what is shown."""

import math
import shutil

import pytest
import yaml
from pydantic import ValidationError

from conftest import REPOSITORY
from relaxpen.experiment.comparison.choose import criteria, write_chosen
from relaxpen.experiment.comparison.contenders import Contender
from relaxpen.experiment.comparison.studies import (
    CHOSEN,
    CONTENDERS,
    Comparison,
    contenders,
    contests,
    load_comparison,
)
from relaxpen.experiment.comparison.tables import write_table
from relaxpen.inputs.errors import DataError, SettingsError
from versus import VERSUS, summary_of, versus

STUDIES = sorted((REPOSITORY / "config/comparisons").glob("*.yaml"))


def test_each_group_of_comparisons_has_a_target_of_make():
    makefile = (REPOSITORY / "Makefile").read_text()
    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    configured = {
        *config["comparisons"],
        "music",
    }  # music needs a download, so nothing reads it unasked
    assert sorted(configured) == [path.stem for path in STUDIES]
    for path in STUDIES:
        group = load_comparison(path).group
        # tuning has to run before there is anything chosen for the others to read
        alone = f"--config 'comparisons=[{group}]' -- " if group in ("tuning", "music") else ""
        assert f"\n{group}: $(READY)\n\tsnakemake --cores $(CORES) {alone}{group}\n" in makefile


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_comparison_has_contests_with_good_settings(path):
    assert contests(load_comparison(path), REPOSITORY)


def test_chosen_settings_are_points_of_the_grids_that_were_tried():
    tried = yaml.safe_load((REPOSITORY / CONTENDERS).read_text())["contenders"]
    chosen = yaml.safe_load((REPOSITORY / CHOSEN).read_text())["chosen"]
    assert set(chosen) == {name for name, one in tried.items() if one.get("grid")}
    for name, by_source in chosen.items():
        for source, by_noise in by_source.items():
            for point in by_noise.values():
                assert set(point) == set(tried[name]["grid"])
                grid = tried[name]["grid"] | tried[name].get("grid_by_source", {}).get(source, {})
                assert all(point[key] in values for key, values in grid.items())


def test_contests_are_the_grid_of_instances_times_methods_and_their_grids():
    found = contests(versus())
    assert len(found) == 2 * (3 + 1 + 1)
    assert len({(one.instance, one.method, one.name) for one in found}) == len(found)
    one = next(one for one in found if one.name == "outer=10.0")
    assert one.swept == {"method.outer": 10.0}
    assert one.settings.method.outer == 10.0
    assert one.settings.budget == 40.0
    assert one.instance == "noise_rate=0.2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("description: x\ngroup: x\nseeds: [0]\n", "needs methods"),
        (VERSUS.replace("seeds: [0, 1]", "seeds: [0, 0]"), "names a value twice"),
        (VERSUS + "shared: [soba]\n", "both in shared and in methods"),
        (VERSUS.replace("tables:", "table:"), "did you mean 'tables'"),
        (VERSUS.replace("title: drop", "titel: drop"), "did you mean 'title'"),
        (VERSUS.replace("method.outer", "method.outr"), "did you mean 'method.outer'"),
        (VERSUS.replace("100.0]", "10.0]"), "names a value twice"),
        (VERSUS.replace("10.0, 100.0]", "10, 10.0]"), "names a value twice"),
        (VERSUS.replace("data.source: synthetic", "data.source: nowhere"), "data.source is"),
        (VERSUS.replace("name: soba,", "name: sobo,"), "did you mean 'soba'"),
        (VERSUS + "seeds: [2]\n", "stands twice"),
        (VERSUS + "instances: [{data.noise_rate: 0.2}]\n", "either a grid or instances"),
        (
            VERSUS.replace("title: drop,", "title: drop, by_source: {synthetc: {}},"),
            "did you mean 'synthetic'",
        ),
        (VERSUS.replace("[0.2, 0.5]", "[]"), "data.noise_rate has no values"),
        (VERSUS.replace("[0, 1]", "[0, -1]"), "seeds.1"),
        (VERSUS.replace("  drop:", "  labels:"), "labels is a name of the workflow's own"),
        (VERSUS.replace("  drop:", "  drop it:"), "String should match pattern"),
        (VERSUS.replace("group: versus", "group: claims"), "group: claims is a name"),
        (VERSUS.replace("budget: 40.0", "data.noise_rate: 0.1"), "both fixed and in the grid"),
        (VERSUS.replace("batch_size: 10", "outer: 10"), "soba: method.outer is both fixed"),
        (
            VERSUS.replace("rule: disagreement", "rule: oracle, data.num_train: 9"),
            "instance of its own",
        ),
        (VERSUS.replace("rule: disagreement", "ruel: oracle"), "drop: unknown setting"),
        (VERSUS.replace("name: filter", "name: [filter]"), "expected one name"),
        (VERSUS.replace("tables: [methods", "tables: [reached"), "'reached' shows estimates"),
        (VERSUS.replace("figures: [quality", "figures: [loss_steps"), "shows regularization"),
        ("shared: [sobaa]\ndescription: x\ngroup: x\nseeds: [0]\n", "unknown contender 'sobaa'"),
    ],
)
def test_a_bad_comparison_is_refused_in_one_sentence(tmp_path, text, said):
    path = tmp_path / "versus.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        contests(load_comparison(path), REPOSITORY)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_settings_are_those_chosen_for_the_source_and_the_noise_rate(tmp_path):
    (tmp_path / "config").mkdir()
    shutil.copy(REPOSITORY / CONTENDERS, tmp_path / CONTENDERS)
    fixed = {"data.source": "mnist", "data.noise_rate": 0.5}
    study = Comparison(description="x", group="x", seeds=[0], shared=["soba"], fixed=fixed)
    with pytest.raises(SettingsError, match=r"chosen\.yaml is not there"):
        contests(study, tmp_path)
    point = {"method.inner": 0.3, "method.outer": 100.0}
    chosen = {"tuned_by": "tuning", "chosen": {"soba": {"mnist": {0.5: point}}}}
    (tmp_path / CHOSEN).write_text(yaml.safe_dump(chosen))
    (one,) = contests(study, tmp_path)
    assert (one.name, one.settings.method.inner, one.settings.method.outer) == ("", 0.3, 100.0)
    (tmp_path / CHOSEN).write_text(yaml.safe_dump(chosen).replace("100.0", "101.0"))
    with pytest.raises(SettingsError, match="no point of its grid; run make tuning"):
        contests(study, tmp_path)
    elsewhere = study.model_copy(update={"fixed": fixed | {"data.noise_rate": 0.123}})
    with pytest.raises(SettingsError, match=r"no settings for soba on mnist at noise 0\.123"):
        contests(elsewhere, tmp_path)


def test_a_grid_by_source_has_other_values_and_as_many():
    given = {"title": "A", "fixed": {}, "grid": {"method.inner": [1.0, 2.0], "method.outer": [5.0]}}
    one = Contender(**given, grid_by_source={"mnist": {"method.inner": [3.0, 4.0]}})
    assert one.swept("mnist") == [{"method.inner": x, "method.outer": 5.0} for x in (3.0, 4.0)]
    assert one.swept("ijcnn1") == [{"method.inner": x, "method.outer": 5.0} for x in (1.0, 2.0)]
    for wrong in ({"method.inner": [3.0]}, {"method.ridge": [1.0]}):
        with pytest.raises(ValidationError, match="where grid has"):
            Contender(**given, grid_by_source={"mnist": wrong})
    with pytest.raises(ValidationError, match=r"unknown data\.source"):
        Contender(**given, grid_by_source={"mnst": {}})


def test_grids_that_are_tried_have_one_size(tmp_path):
    (tmp_path / "config").mkdir()
    shared = {
        "contenders": {
            "a": {"title": "A", "fixed": {}, "grid": {"method.outer": [1.0, 2.0]}},
            "b": {"title": "B", "fixed": {}, "grid": {"method.outer": [1.0]}},
            "c": {"title": "C", "fixed": {}},
        }
    }
    (tmp_path / CONTENDERS).write_text(yaml.safe_dump(shared))
    study = Comparison(description="x", group="x", seeds=[0], shared=["a", "b", "c"], points="all")
    with pytest.raises(SettingsError, match="one size"):
        contenders(study, tmp_path)
    assert list(contenders(study.model_copy(update={"shared": ["a", "c"]}), tmp_path)) == ["a", "c"]


def test_instances_and_settings_by_source_stand_in_place_of_a_grid():
    given = yaml.safe_load(VERSUS)
    given["instances"] = [{"data.noise_rate": 0.2}, {"data.noise_rate": 0.5, "budget": 20.0}]
    given["methods"]["drop"]["by_source"] = {"mnist": {}}
    given["methods"]["pulled"]["by_source"] = {"synthetic": {"method.step_size": 0.3}}
    found = contests(Comparison.model_validate({**given, "grid": {}}))
    assert {one.method for one in found} == {"soba", "pulled"}
    assert {one.instance for one in found} == {"noise_rate=0.2", "noise_rate=0.5,budget=20.0"}
    steps = {one.settings.method.step_size for one in found if one.method == "pulled"}
    assert steps == {0.3}


def test_the_setting_with_the_least_mean_loss_of_finished_runs_is_chosen(tmp_path):
    study = versus()
    losses = {("outer=1.0", 0): 0.5, ("outer=1.0", 1): 0.7, ("outer=10.0", 0): 0.1}
    losses |= {("outer=10.0", 1): math.nan, ("outer=100.0", 0): 0.8, ("outer=100.0", 1): 0.6}
    summary = summary_of(study, losses)
    table = criteria(summary, study).query("method == 'soba' and instance == 'noise_rate=0.2'")
    assert table.set_index("setting").chosen.to_dict() == {
        "outer=1.0": True,
        "outer=10.0": False,  # a run diverged
        "outer=100.0": False,
    }
    assert table.set_index("setting").at_edge.to_dict() == {
        "outer=1.0": "outer",
        "outer=10.0": "",
        "outer=100.0": "outer",
    }
    summary.to_parquet(tmp_path / "summary.parquet")
    out = write_chosen("versus", study, tmp_path, tmp_path / "chosen.yaml")
    point = {"method.outer": 1.0}
    assert yaml.safe_load(out.read_text()) == {
        "tuned_by": "versus",
        "chosen": {"soba": {"synthetic": {0.2: point, 0.5: point}}},
    }


def test_results_of_another_comparison_are_refused(tmp_path):
    summary = summary_of(versus(), {})
    with pytest.raises(DataError, match=r"summary\.parquet is missing"):
        write_chosen("versus", versus(), tmp_path, tmp_path / "chosen.yaml")
    cases = [
        (summary[summary.method != "drop"], {}, "is missing"),
        (summary, {"grid": {"data.noise_rate": [0.2]}}, "is not of it"),
    ]
    for rows, changes, said in cases:
        for part in ("summary", "traces"):
            rows.to_parquet(tmp_path / f"{part}.parquet")
        with pytest.raises(SettingsError, match=said):
            write_chosen("versus", versus(**changes), tmp_path, tmp_path / "chosen.yaml")
        with pytest.raises(SettingsError, match=said):
            write_table("methods", versus(**changes), tmp_path, tmp_path / "tables")
    assert not (tmp_path / "chosen.yaml").exists()
    assert not (tmp_path / "tables").exists()


def test_settings_of_all_are_not_overwritten_by_a_study_of_some(tmp_path):
    with pytest.raises(SettingsError, match=r"does not try amigo, .*, which have grids"):
        write_chosen("versus", versus(), tmp_path)


def test_choosing_is_refused_without_all_points_or_a_finished_run(tmp_path):
    with pytest.raises(SettingsError, match="only points: all"):
        write_chosen("versus", versus(points="chosen"), tmp_path)
    study = versus()
    lost = {(f"outer={outer}", 0): math.nan for outer in (1.0, 10.0, 100.0)}
    summary_of(study, lost).to_parquet(tmp_path / "summary.parquet")
    with pytest.raises(SettingsError, match="no setting of soba finished"):
        write_chosen("versus", study, tmp_path, tmp_path / "chosen.yaml")
    assert not (tmp_path / "chosen.yaml").exists()
