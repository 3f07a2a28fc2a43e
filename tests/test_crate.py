"""The exported crate: an action for every job, a bag that notices a changed byte, a valid profile."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from conftest import REPOSITORY
from pipeline import make_tiny, relaxpen, snakemake
from relaxpen.audit.bag import bag_problem, pack
from relaxpen.audit.crate_validate import CONTEXTS, Verdict, validate
from relaxpen.experiment.manifest import Job, digests
from relaxpen.experiment.mnist_files import DIGESTS, DataError

# Of rdflib, in which the validator parses.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

BESIDE = REPOSITORY.parent / "shared/ro-crate"
PAGES = Path(os.environ.get("RELAXPEN_RO_CRATE_CONTEXTS") or BESIDE)
needs_contexts = pytest.mark.skipif(
    not all((PAGES / name).is_file() for name in CONTEXTS.values()),
    reason=f"needs {', '.join(CONTEXTS.values())} in RELAXPEN_RO_CRATE_CONTEXTS",
)
ABSOLUTE = "The SoftwareApplication id SHOULD be an absolute URI"
POOL = Path("results/data/mnist.npz")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small study, run once, and a pool beside it that is data only by name."""
    folder = make_tiny(tmp_path_factory.mktemp("made"))
    study = folder / "config/studies/tiny.yaml"
    study.write_text(study.read_text().replace("[1, 2]", "[1]"))
    for name in ("README.md", "requirements.txt", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, folder)
    result = snakemake(folder)
    assert result.returncode == 0, result.stderr[-3000:]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        POOL.parent.mkdir()
        POOL.write_bytes(b"pool")
        note = POOL.with_suffix(".json")
        note.write_text("{}")
        raw = {f"data/MNIST/raw/{name}": digest for name, digest in DIGESTS.items()}
        job = Job("mnist", ["data", "--out", str(POOL)], {})
        job.write_digests(POOL.with_suffix(".manifest.json"), raw, digests([POOL, note]))
    shutil.rmtree(folder / ".snakemake")
    return folder


@pytest.fixture
def tree(made, tmp_path, monkeypatch):
    """A copy of it, as the working folder."""
    shutil.copytree(made, tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture(scope="module")
def packed(made):
    """The bag of the small study."""
    out = made.with_name("bag")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        pack(out, None, None, with_data=False)
    return out


@pytest.fixture
def bag(packed, tmp_path):
    """A copy of the bag, to be spoilt."""
    return Path(shutil.copytree(packed, tmp_path / "bag"))


def graph(bag: Path) -> dict:
    """The entities of a crate by what they are called."""
    entities = json.loads((bag / "data/ro-crate-metadata.json").read_text())["@graph"]
    return {unquote(entity["@id"]): entity for entity in entities}


def all_of(entity: dict, relation: str) -> set[str]:
    """What an entity refers to by a relation, one or several."""
    value = entity.get(relation, [])
    return {unquote(one["@id"]) for one in (value if isinstance(value, list) else [value])}


def manifests(folder: Path) -> dict[str, dict]:
    found = [path for top in ("results", "figures") for path in (folder / top).rglob("*.json")]
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text())
        for path in found
        if path.name.endswith("manifest.json")
    }


def made_things(manifest: dict) -> set[str]:
    """What a job made, as the graph has it: a folder for what has an index."""
    folders = {str(Path(name).parent) for name in manifest["outputs"] if "index.json" in name}
    names = {f"{folder}/" for folder in folders} or set(manifest["outputs"])
    return {f"#file/{POOL}" if name == str(POOL) else name for name in names}


def test_every_job_is_an_action_with_what_it_read_and_made(made, packed):
    entities, known = graph(packed), manifests(made)
    jobs = {name: manifest for name, manifest in known.items() if manifest["seed"] is None}
    actions = {
        name: one
        for name, one in entities.items()
        if one["@type"] == "CreateAction" and name != "#workflow-run"
    }
    titles = {name.removesuffix("/manifest.json").removesuffix(".manifest.json") for name in jobs}
    assert set(actions) == {f"#action/{title}" for title in titles}
    for name, manifest in jobs.items():
        title = name.removesuffix("/manifest.json").removesuffix(".manifest.json")
        action = actions[f"#action/{title}"]
        assert all_of(action, "result") == made_things(manifest)
        assert action["description"].startswith("python -m relaxpen")
        assert action["startTime"] == manifest["started"]
        assert action["endTime"] == manifest["ended"]
        read = {one for one in all_of(action, "object") if not one.startswith("#")}
        if manifest["rule"] in ("table", "figure"):
            assert read == set(manifest["inputs"])
        tool = entities[unquote(action["instrument"]["@id"])]
        assert manifest["code"] in tool["softwareVersion"]
        assert tool["name"] == f"relaxpen: {manifest['rule']}"
    assert all_of(entities["./"], "mentions") == {*actions, "#workflow-run"}


def test_batches_stand_for_their_runs(packed):
    entities = graph(packed)
    cell = "results/tiny/data/num_steps=1"
    action = entities[f"#action/{cell}/relax_round"]
    read = {one for one in all_of(action, "object") if not one.startswith("#")}
    data = {f"results/tiny/data/{part}/" for part in ("split", "labels")}
    assert read == {*data, f"{cell}/relax_penalize/"}
    values = {
        entities[name]["name"]: entities[name]["value"]
        for name in all_of(action, "object")
        if name.startswith("#setting/")
    }
    assert values["seeds"] == "[0, 1]"
    assert values["lower.num_steps"] == 1
    assert values["lower.batch_size"] == "null"
    read = all_of(entities["#action/results/tiny/summary"], "object")
    assert {one for one in read if one.endswith("/")} >= {f"{cell}/relax_round/"}
    assert not [name for name in entities if "seed=" in name]


def test_workflow_goes_from_the_data_to_tables_and_figures(packed):
    entities = graph(packed)
    run = entities["#workflow-run"]
    raw = {f"#file/data/MNIST/raw/{name}" for name in DIGESTS}
    assert all_of(run, "object") == {*raw, "config/studies/tiny.yaml"}
    made = all_of(run, "result")
    assert {"results/tiny/tables/final.csv", "figures/tiny/figure_4_1.pdf"} < made
    assert not {name for name in made if name.endswith("/")}
    steps = all_of(entities["Snakefile"], "step")
    assert {"#step/split", "#step/run", "#step/collect_runs", "#step/figure"} < steps
    source = entities["#connection/split-to-corrupt_labels"]["sourceParameter"]["@id"]
    assert entities[source]["name"] == "split-output"


def test_payload_holds_every_result_the_sources_and_their_digests(made, packed):
    data = packed / "data"
    kept = {path for path in made.rglob("*") if path.is_file() and path.suffix != ".log"}
    names = {path.relative_to(made).as_posix() for path in kept} - {str(POOL)}
    inside = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    assert names <= inside
    assert {"src/relaxpen/method/penalty.py", "ro-crate-metadata.json"} <= inside
    assert not [name for name in inside if "__pycache__" in name or name.endswith(".log")]
    for name, entity in graph(packed).items():
        if "sha256" in entity:
            content = (data / name).read_bytes()
            assert entity["sha256"] == hashlib.sha256(content).hexdigest(), name
    assert graph(packed)[f"#file/{POOL}"]["value"] == hashlib.sha256(b"pool").hexdigest()


def test_data_goes_along_when_asked_for(tree, tmp_path):
    pack(tmp_path / "out", None, None, with_data=True)
    assert (tmp_path / "out/data" / POOL).read_bytes() == b"pool"
    assert graph(tmp_path / "out")[str(POOL)]["@type"] == "File"


def test_changed_missing_and_added_files_make_the_bag_invalid(bag):
    assert bag_problem(bag) is None
    files = sorted(path for path in (bag / "data").rglob("*") if path.is_file())
    assert all(path.stat().st_size for path in files)
    for path in files[:: len(files) // 12]:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert path.name in str(bag_problem(bag))
        path.write_bytes(content)
    path = files[0].rename(files[0].with_name("elsewhere"))
    assert "elsewhere" in bag_problem(bag)
    path.rename(files[0])
    (bag / "data/results/made_up.csv").write_text("x")
    assert bag_problem(bag)


@needs_contexts
def test_profile_holds_and_what_is_left_needs_an_address(packed):
    verdict = validate(packed, PAGES)
    assert verdict.valid
    (passed, total), (good, recommended) = verdict.counts.values()
    assert passed == total == 85
    # Only a project with an address can give its programs absolute identifiers.
    assert good == recommended - 1
    assert len(verdict.findings) == 1
    assert ABSOLUTE in verdict.findings[0]


@needs_contexts
def test_with_an_address_a_licence_and_an_author_only_the_workflow_itself_is_left(tree, tmp_path):
    text = Path("pyproject.toml").read_text()
    address = '[project.urls]\nHomepage = "https://example.org/relaxpen"\n'
    Path("pyproject.toml").write_text(f"{text}\n{address}")
    Path("LICENSE").write_text("Do as you like.\n")
    out = tmp_path / "out"
    pack(out, "Ada Lovelace", "0000-0002-1825-0097", with_data=False)
    entities = graph(out)
    person = entities["https://orcid.org/0000-0002-1825-0097"]
    assert (person["@type"], person["name"]) == ("Person", "Ada Lovelace")
    assert all_of(entities["#workflow-run"], "agent") == {person["@id"]}
    assert all_of(entities["./"], "license") == {"LICENSE"}
    verdict = validate(out, PAGES)
    assert verdict.valid
    assert len(verdict.findings) == 1
    assert verdict.findings[0].endswith("/data/Snakefile")  # a file of the crate is relative to it
    assert verdict.findings[0].count("file://") == 1


@needs_contexts
def test_what_is_wrong_with_a_crate_fails_the_command(bag):
    metadata = bag / "data/ro-crate-metadata.json"
    content = json.loads(metadata.read_text())
    content["@graph"] = [one for one in content["@graph"] if one["@type"] != "HowToStep"]
    metadata.write_text(json.dumps(content))
    result = relaxpen(bag.parent, "crate", "--validate", "bag", "--contexts", str(PAGES))
    assert result.returncode == 1
    assert "bag: NOT valid" in result.stdout
    assert "required 85/85" not in result.stdout
    assert "REQUIRED provenance-run-crate" in result.stdout
    assert not Verdict(None, {"required": (84, 85), "recommended": (98, 98)}, []).valid


def test_command_packs_and_says_how_to_check(tree):
    result = relaxpen(tree, "crate", "--out", "bag")
    assert result.returncode == 0, result.stderr
    num_jobs = sum(manifest["seed"] is None for manifest in manifests(tree).values())
    assert result.stdout.startswith(f"bag: {num_jobs} actions, ")
    assert result.stdout.endswith("check it with: relaxpen crate --validate bag\n")
    again = relaxpen(tree, "crate", "--out", "bag")
    assert again.returncode == 2
    assert again.stderr == (
        "relaxpen: error: bag is there already; give a folder that is empty or not there\n"
    )


def spoil_a_manifest():
    Path("results/tiny/tables/final.manifest.json").write_text("{")


def lose_a_manifest():
    Path("results/tiny/tables/final.manifest.json").unlink()


def lose_the_manifest_of_a_run():
    Path("results/tiny/data/num_steps=1/relax_round/seed=0/manifest.json").unlink()


def change_a_result():
    Path("results/tiny/tables/final.csv").write_text("0")


def lose_the_results():
    shutil.rmtree("results")
    shutil.rmtree("figures")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lose_the_results, "no results here to pack"),
        (spoil_a_manifest, "final.manifest.json was changed or is damaged"),
        (lose_a_manifest, "has no manifest"),
        (lose_the_manifest_of_a_run, "relax_round/seed=0/manifest.json"),
        (change_a_result, "final.csv was changed"),
        (lambda: Path("Snakefile").unlink(), "no Snakefile here"),
        (lambda: Path("out").write_text("a file"), "out is there already"),
    ],
)
def test_refusals_leave_nothing_behind(tree, spoil, sentence):
    spoil()
    before = set(tree.iterdir())
    with pytest.raises(DataError, match=sentence.replace(".", r"\.")) as error:
        pack(Path("out"), None, None, with_data=False)
    assert "\n" not in str(error.value)
    assert set(tree.iterdir()) == before


@pytest.mark.parametrize(
    ("out", "orcid", "sentence"),
    [
        ("README.md/out", None, "cannot be written"),
        ("results/out", None, "lies among the results"),
        ("out", "1234", "ORCID 1234"),
    ],
)
def test_bad_options_are_refused(tree, out, orcid, sentence):
    with pytest.raises(DataError, match=sentence):
        pack(Path(out), "Ada", orcid, with_data=False)


def test_folders_without_a_crate_or_contexts_are_refused(packed, tmp_path):
    with pytest.raises(DataError, match="no bag with a crate"):
        validate(tmp_path, tmp_path)
    with pytest.raises(DataError, match="is not to be had"):
        validate(packed, tmp_path)
