"""The exported crate: an action for every job, a bag that notices a changed byte, a valid profile."""

import hashlib
import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from conftest import POOL
from contexts import PAGES, needs_contexts
from pipeline import relaxpen
from relaxpen.audit.bag import bag_problem, pack
from relaxpen.audit.crate_validate import Verdict, validate
from relaxpen.data.sources.all_sources import raw_files

# Of rdflib, in which the validator parses.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

ABSOLUTE = "The SoftwareApplication id SHOULD be an absolute URI"


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


def test_every_job_is_an_action_with_what_it_read_and_made(small_study, packed):
    entities, known = graph(packed), manifests(small_study)
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
    raw = {f"#file/data/{path}" for path in raw_files()["mnist"].paths}
    assert all_of(run, "object") == {*raw, "config/studies/tiny.yaml"}
    made = all_of(run, "result")
    assert {"results/tiny/tables/final.csv", "figures/tiny/figure_4_1.pdf"} < made
    assert not {name for name in made if name.endswith("/")}
    steps = all_of(entities["Snakefile"], "step")
    assert {"#step/split", "#step/run", "#step/collect_runs", "#step/figure"} < steps
    source = entities["#connection/split-to-corrupt_labels"]["sourceParameter"]["@id"]
    assert entities[source]["name"] == "split-output"


def test_payload_holds_every_result_the_sources_and_their_digests(small_study, packed):
    data = packed / "data"
    kept = {path for path in small_study.rglob("*") if path.is_file() and path.suffix != ".log"}
    names = {path.relative_to(small_study).as_posix() for path in kept} - {str(POOL)}
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
