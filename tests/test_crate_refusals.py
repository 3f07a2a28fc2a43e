"""What cannot be packed, or cannot be checked: one clear sentence, and nothing left behind."""

import shutil
from pathlib import Path

import pytest

from relaxpen.audit.bag import pack
from relaxpen.audit.crate_validate import validate
from relaxpen.cli.parser import main
from relaxpen.inputs.errors import DataError

# Of rdflib, in which the validator parses.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


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


def test_a_changed_bag_is_found_without_contexts(bag, tmp_path, capsys):
    words = ["crate", "--validate", str(bag), "--contexts", str(tmp_path)]
    assert main(words) == 2
    found = capsys.readouterr()
    assert found.out == "bag: valid\n"
    assert "is not to be had" in found.err
    (bag / "data/results/made_up.csv").write_text("x")
    assert main(words) == 1
    found = capsys.readouterr()
    assert found.out.startswith("bag: NOT valid: ")
    assert "the crate was not checked: " in found.err
