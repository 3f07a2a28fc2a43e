import shlex
from dataclasses import replace
from itertools import product

import pytest

from conftest import REPOSITORY
from given import thesis
from relaxpen.cli import parser
from relaxpen.cli.commands import parse_overrides
from relaxpen.inputs.errors import DataError, SettingsError
from relaxpen.records.digests import digest
from relaxpen.studies.arguments import run_arguments
from relaxpen.studies.plan import make_plan
from relaxpen.studies.points import expand
from relaxpen.studies.settings_page import settings_page
from relaxpen.studies.study import Study, load_study
from relaxpen.tasks.all_tasks import TASKS, table_names
from relaxpen.tasks.resolve import known_keys, resolve
from relaxpen.tasks.task import REFERENCES, Table

STUDIES = sorted((REPOSITORY / "config/studies").glob("*.yaml"))
OF_THESIS = "task: thesis\n"
METHODS = "methods: [relax_penalize]\n"


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(REPOSITORY)


def keys_of(source):
    return known_keys(TASKS["thesis"], source, None)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"lower.num_stepz": 5}, "did you mean 'lower.num_steps'"),
        ({"data.source": "cifar"}, "data.source is 'cifar'; expected synthetic or mnist"),
        ({"data.noise_rate": 1.0}, "data.noise_rate is 1.0: Input should be less than 1"),
        ({"data.noise_rate": -0.1}, "data.noise_rate is -0.1: Input should be greater"),
        ({"lower.num_steps": 0}, "lower.num_steps is 0: Input should be greater"),
        ({"lower.num_steps": 2.5}, "lower.num_steps is 2.5"),
        ({"upper.num_directions": 0}, "upper.num_directions is 0"),
        ({"upper.epsilon_decay": 1}, "upper.epsilon_decay is 1"),
        ({"precision": "half"}, "precision is 'half'"),
        ({"data.source": "mnist", "data.num_train": 60000}, "MNIST has 60000 training samples"),
        (
            {"data.source": "fashion_mnist", "data.num_train": 60000},
            "Fashion-MNIST has 60000 training samples, lower one of the three",
        ),
        ({"data.source": "fashion_mnist", "data.num_test": 5}, "for data.source fashion_mnist"),
        ({"data.source": "ijcnn1"}, "expected synthetic or mnist or fashion_mnist"),
        ({"data.source": "mnist", "data.num_test": 5}, "unknown setting 'data.num_test'"),
        ({"precision": "float32", "upper.radius_floor": 0.0}, "rounding would drown"),
        ({"upper.epsilon_decay": 1e-100}, "to the power of max_rounds 10 is 0"),
        ({"data.source": ["mnist"]}, "data.source is ['mnist']"),
        ({"lower.step_size": float("inf")}, "lower.step_size is inf"),
        ({"lower.batch_size": 1001}, "larger than data.num_train 1000"),
    ],
)
def test_bad_settings_get_one_clear_sentence(overrides, sentence):
    with pytest.raises(SettingsError) as error:
        thesis(overrides)
    assert sentence in str(error.value)


def test_defaults_are_the_documented_ones():
    mnist, synthetic = thesis({"data.source": "mnist"}), thesis({})
    assert (mnist.data.num_train, mnist.data.num_validation) == (5000, 5000)
    assert (mnist.lower.step_size, synthetic.lower.step_size) == (0.5, 0.1)
    assert (mnist.precision, synthetic.precision) == ("float32", "float64")
    upper = mnist.upper
    assert (upper.num_directions, upper.steps_per_round, upper.max_rounds) == (20, 20, 10)
    assert (upper.epsilon_initial, upper.epsilon_decay) == (1e5, 0.2)
    assert (upper.radius_floor, upper.binary_tolerance, upper.initial_mask) == (1e-2, 1e-2, 0.5)
    assert mnist.lower.ridge == 1e-3
    sizes = (synthetic.data.num_train, synthetic.data.num_validation, synthetic.data.num_test)
    assert sizes == (1000, 500, 5000)


def test_fashion_mnist_has_the_sizes_of_mnist_and_smaller_steps():
    fashion, mnist = (thesis({"data.source": name}) for name in ("fashion_mnist", "mnist"))
    assert fashion.data.source == "fashion_mnist"
    sizes = {"source"} ^ set(mnist.data.model_dump())
    assert {name: getattr(fashion.data, name) for name in sizes} == {
        name: getattr(mnist.data, name) for name in sizes
    }
    assert (fashion.lower.step_size, fashion.precision) == (0.1, "float32")
    assert keys_of("fashion_mnist") == keys_of("mnist")


def test_digest_sees_every_setting():
    base = digest(thesis({}))
    changes = {
        "data.noise_rate": 0.3, "data.corruption": "any_class", "data.num_train": 999,
        "data.num_validation": 499, "data.num_selection": 1, "data.num_test": 10,
        "data.num_features": 5, "data.mean_norm": 2.0, "lower.num_steps": 3,
        "lower.step_size": 0.2, "lower.ridge": 0.1, "lower.batch_size": 10, "lower.clip": True,
        "upper.num_directions": 3, "upper.steps_per_round": 3, "upper.max_rounds": 3,
        "upper.epsilon_initial": 10.0, "upper.epsilon_decay": 0.3, "upper.step_offset": 2.0,
        "upper.radius_floor": 0.1, "upper.initial_mask": 0.4, "upper.binary_tolerance": 0.1,
        "precision": "float32", "data.source": "mnist",
    }  # fmt: skip
    assert set(changes) == set(keys_of("synthetic"))
    assert len({digest(thesis({key: value})) for key, value in changes.items()} | {base}) == 25


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_resolves(path):
    assert expand(load_study(path))


def test_thesis_grid_is_the_thesis_grid():
    study = load_study(REPOSITORY / "config/studies/thesis.yaml")
    found = {
        (c.settings.data.source, c.settings.data.noise_rate, c.settings.lower.num_steps)
        for c in expand(study)
        if c.method != REFERENCES
    }
    expected = {
        (s, r, t) for s in ("synthetic", "mnist") for r in (0.2, 0.5) for t in (1, 2, 5, 10, 20)
    }
    assert found == expected
    assert len(study.seeds) == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeds: [0]", "description"),
        ("description: x\nseeds: []", "seeds"),
        ("description: x\nseeds: [0]\nmethodz: []", "did you mean 'methods'"),
        ("description: x\nseeds: [0, 0]", "names a value twice"),
        ("description: x\nseeds: [0]\nmethods: [relax_round]", "add it to methods"),
        (
            "description: x\nseeds: [0]\nmethods: [newton]",
            "unknown method 'newton'; expected one of relax",
        ),
        ("description: x\nseeds: [0]\ngrid: {lower.num_steps: []}", "is empty"),
        (
            "description: x\nseeds: [0]\nfixed: {lower.ridge: 1}\ngrid: {lower.ridge: [1]}",
            "both fixed and in the grid",
        ),
        ("description: x\nseeds: [0]\nfixed_by_source: {mnits: {}}", "did you mean 'mnist'"),
        ("description: x\nseeds: [0]\nfigures: [figure_9]", "unknown figure 'figure_9'"),
        ("description: [", "is not YAML"),
        ("description: x\nseeds: [0]\nseeds: [1]", "the key 'seeds' stands twice"),
        ("description: x\nseeds: [0]\ngrid: {lower.num_steps: [1, 1.0]}", "names a value twice"),
        ("description: x\nseeds: [0]\nfixed_by_source: {mnist: {data.num_trian: 5}}", "num_train"),
        (
            "description: x\nseeds: [0]\nmethods: [as_printed]\nfigures: [figure_4_1]",
            "figure_4_1 shows relax_penalize",
        ),
        ("description: x\nseeds: [0]\ntargets: [.nan]", "targets"),
        ("description: x\nseeds: [0]\nreferences: false\ntables: [targets]", "references: true"),
    ],
)
def test_bad_studies_get_one_clear_sentence(tmp_path, text, sentence):
    path = tmp_path / "study.yaml"
    path.write_text(OF_THESIS + ("" if "methods" in text else METHODS) + text)
    with pytest.raises(SettingsError) as error:
        expand(load_study(path))
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"studies": ["thesiz"]}, "unknown study 'thesiz'; did you mean 'thesis'?"),
        ({"studies": []}, "studies"),
        ({"studies": ["reference"]}, "cannot be called 'reference'"),
        ({"studies": ["a b"]}, "cannot be called 'a b'"),
        ({"studies": ["smoke"], "data_mirorr": "x"}, "did you mean 'data_mirror'"),
    ],
)
def test_bad_config_gets_one_clear_sentence(config, sentence):
    with pytest.raises(SettingsError) as error:
        make_plan(config)
    assert sentence in str(error.value)


def write_study(folder, sources):
    (folder / "config/studies").mkdir(parents=True)
    (folder / "config/studies/many.yaml").write_text(
        f"{OF_THESIS}{METHODS}description: x\nseeds: [0]\ngrid: {{data.source: [{sources}]}}\n"
        + ("fixed_by_source: {fashion_mnist: {data.num_train: 60}}" if "fashion" in sources else "")
    )


def test_the_files_of_every_source_are_checked_before_running(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RELAXPEN_DATA_MIRROR", raising=False)
    write_study(tmp_path, "synthetic, fashion_mnist, mnist")
    plan = make_plan({"studies": ["many"]})
    assert plan.pools() == ["mnist", "fashion_mnist"]
    name = "source=fashion_mnist"
    assert plan.point("many", name).settings.data.num_train == 60
    raw = tmp_path / "data/FashionMNIST/raw"
    raw.mkdir(parents=True)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"x")
    with pytest.raises(
        DataError, match=r"FashionMNIST/raw/t10k-labels\S+ is damaged or not Fashion"
    ):
        make_plan({"studies": ["many"]})
    (raw / "t10k-labels-idx1-ubyte").unlink()
    (tmp_path / "mirror").mkdir()
    with pytest.raises(DataError, match="lacks MNIST/raw of MNIST"):
        make_plan({"studies": ["many"], "data_mirror": "mirror"})


def test_data_that_is_not_read_is_not_checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path, "synthetic")
    (tmp_path / "data/ijcnn1").mkdir(parents=True)
    (tmp_path / "data/ijcnn1/ijcnn1.trn.bz2").write_bytes(b"x")
    assert make_plan({"studies": ["many"]}).pools() == []


def test_a_sweep_of_the_ridge_has_no_common_references(tmp_path, monkeypatch):
    (tmp_path / "config/studies").mkdir(parents=True)
    study = OF_THESIS + METHODS + "description: x\nseeds: [0]\n"
    study += "grid: {lower.ridge: [0.1, 0.01]}\nreferences: "
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config/studies/ridge.yaml").write_text(study + "true")
    with pytest.raises(SettingsError, match=r"lower\.ridge or precision is swept"):
        make_plan({"studies": ["ridge"]})
    (tmp_path / "config/studies/ridge.yaml").write_text(study + "false")
    assert make_plan({"studies": ["ridge"]}).jobs_of("ridge")


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_command_line_words_give_the_settings_back(path):
    study = load_study(path)
    for point in expand(study):
        words = shlex.split(run_arguments([point]))
        options = parser._parser().parse_args(["run", *words, "--out", "x"])
        swept = {key: value for key, (value,) in parse_overrides(options.grid).items()}
        overrides = parse_overrides(options.set) | swept
        assert resolve(study.of_task, overrides) == point.settings
        assert options.method == [point.method] or "method.name" in overrides


def test_words_without_equals_are_refused():
    with pytest.raises(SettingsError, match="expected KEY=VALUE"):
        parse_overrides(["lower.num_steps"])


def test_settings_page_is_the_one_the_code_makes():
    assert (REPOSITORY / "config/README.md").read_text() == settings_page()
    for task in TASKS.values():
        methods = [None] if task.names_methods_alone else task.methods
        for source, method in product(task.sources, methods):
            for key in known_keys(task, source, method):
                assert f"`{key}`" in settings_page()


def test_values_that_are_close_have_names_of_their_own():
    study = Study(
        task="thesis",
        description="x",
        seeds=[0],
        methods=["relax_penalize"],
        grid={"lower.ridge": [0.001, 0.0010000001]},
    )
    assert len({point.name for point in expand(study)}) == 2


def test_a_table_that_two_tasks_make_for_other_readers_is_refused(monkeypatch):
    assert set(table_names()[0]).isdisjoint(table_names()[1])
    for_figures = replace(TASKS["groups"], tables={"final": Table("anything")})
    monkeypatch.setitem(TASKS, "groups", for_figures)
    with pytest.raises(SettingsError, match="the table 'final' is made to be read in one task"):
        table_names()
