"""The committed reference is what its lock says; and how one is kept."""

import json
import lzma
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from conftest import REPOSITORY
from pipeline import made_once, make_all, make_tiny, relaxpen, run, snakemake
from relaxpen.audit.lock import known_root, merkle_root, name_root, root_problems
from relaxpen.audit.reference import fill_claims
from relaxpen.audit.store import ARCHIVE, LOCK, reference
from relaxpen.audit.verify import verify, verify_here
from relaxpen.inputs.errors import DataError
from resigned import resign

README = "# x\n<!-- table tiny/final -->\n<!-- end of table -->\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A clone with the tiny study, run and kept as its reference."""
    return made_once(tmp_path_factory, "kept", keep)


def keep(folder):
    make_tiny(folder)
    shutil.copytree(
        REPOSITORY / "src/relaxpen",
        folder / "src/relaxpen",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (folder / "README.md").write_text(README)
    (folder / ".gitignore").write_text("__pycache__\n")
    (folder / "requirements.txt").write_text("")
    person = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "x"]):
        assert run(["git", *words], folder).returncode == 0
    where = {"PYTHONPATH": str(folder / "src")}
    make_all(folder, env=where)
    answer = relaxpen(folder, "reference", env=where)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("reference kept; root ")


@pytest.fixture
def tree(kept, tmp_path, monkeypatch):
    """A copy of it, as the working folder."""
    shutil.copytree(kept, tmp_path / "tree", ignore=shutil.ignore_patterns(".snakemake"))
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


def test_a_reference_stands_without_any_run(tree):
    for folder in ("results/tiny", "figures/tiny"):
        shutil.rmtree(tree / folder)
    where = {"PYTHONPATH": str(tree / "src")}
    answer = relaxpen(tree, "verify", "--strict", env=where)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.startswith("reference: ")
    assert "intact: yes" in answer.stdout
    assert "current: yes" in answer.stdout
    text = relaxpen(tree, "trace", "figures/reference/tiny/figure_4_1.png", env=where).stdout
    assert "relaxpen figure figure_4_1" in text
    assert "relaxpen split" in text
    assert "|---|" in (tree / "README.md").read_text()


def test_a_stale_reference_is_intact_and_fails_only_when_strict(tree):
    path = tree / "src/relaxpen/method/masks.py"
    text = path.read_text()
    assert "theta >= 0.5" in text
    path.write_text(text.replace("theta >= 0.5", "theta > 0.5"))
    where = {"PYTHONPATH": str(tree / "src")}
    answer = relaxpen(tree, "verify", "results/reference", env=where)
    assert answer.returncode == 0
    assert "intact: yes" in answer.stdout
    assert "current: NO" in answer.stdout
    assert "made by other code of rule run" in answer.stdout
    assert relaxpen(tree, "verify", "results/reference", "--strict", env=where).returncode == 1


def test_one_flipped_byte_in_any_file_of_the_reference_is_caught(tree):
    folders = [Path("results/reference"), Path("figures/reference")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert {ARCHIVE, LOCK} < set(files)
    for path in files:
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[len(content) // 2] ^= 1
        path.write_bytes(flipped)
        try:
            broken = verify(reference()).broken
        except DataError as error:  # an archive that cannot be opened
            broken = [str(error)]
        assert any(str(path).split("reference/")[1] in line for line in broken), (path, broken)
        path.write_bytes(content)
    assert verify(reference()).broken == []


def test_an_archive_without_one_manifest_is_not_the_locked_one(tree):
    with tarfile.open(ARCHIVE, "r:xz") as archive:
        members = archive.getmembers()
        contents = [archive.extractfile(member) for member in members]
        with tarfile.open("other.tar.xz", "w:xz") as other:
            for member, content in list(zip(members, contents, strict=True))[1:]:
                other.addfile(member, content)
    os.replace("other.tar.xz", ARCHIVE)
    assert any("is not as" in line for line in verify(reference()).broken)


def test_a_reference_is_not_kept_of_what_is_changed_or_uncommitted(tree):
    where = {"PYTHONPATH": str(tree / "src")}
    table = tree / "results/tiny/tables/final.csv"
    text = table.read_text()
    table.write_text(text + "1\n")
    answer = relaxpen(tree, "reference", env=where)
    assert answer.returncode == 2
    assert "final.csv was changed" in answer.stderr
    table.write_text(text)
    study = tree / "config/studies/tiny.yaml"
    text = study.read_text()
    study.write_text(text.replace("[0, 1]", "[0, 1, 2]"))
    assert snakemake(tree, "--forceall", env=where).returncode == 0
    answer = relaxpen(tree, "reference", env=where)
    assert answer.returncode == 2
    assert "was made with uncommitted changes; commit, and make it again" in answer.stderr


def test_a_reference_is_replayed_without_runs_of_ones_own(tree):
    where = {"PYTHONPATH": str(tree / "src")}
    words = ["replay", "results/reference", "--sample", "6", "--tables"]
    for folder in ("results/tiny", "figures/tiny"):
        shutil.rmtree(tree / folder)
    answer = relaxpen(tree, *words, env=where)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("/seed=") == 6
    assert answer.stdout.count(": bitwise (masks.npz, record.json") == 6
    assert "results/reference/tiny/tables/final: bitwise" in answer.stdout
    assert "figures/reference/tiny/figure_4_1: bitwise" in answer.stdout
    # Traces are not kept: what is made from them cannot be told from what somebody wrote.
    said = "curves: not compared (it rests on results/tiny/traces.parquet, which is not kept)"
    assert said in answer.stdout
    assert not Path("results/tiny").exists()
    path = tree / "src/relaxpen/method/masks.py"
    path.write_text(path.read_text().replace("theta >= 0.5", "theta >= 0.5 + 0.0"))
    answer = relaxpen(tree, *words, env=where)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("bitwise (masks.npz, record.json") == 6
    assert "; code: another (recorded " in answer.stdout


def test_an_edit_of_the_reference_that_is_signed_again_is_caught(tree):
    """In every form, with every manifest and the lock: replay sees it, and who knows the root."""
    root = known_root()
    names = []
    for extension in ("csv", "md", "tex"):
        path = Path(f"results/reference/tiny/tables/final.{extension}")
        path.write_text(path.read_text().replace("7", "8"))
        names.append(f"results/tiny/tables/final.{extension}")
    resign(reference(), *names)
    assert verify(reference()).broken == []
    where = {"PYTHONPATH": str(tree / "src")}
    answer = relaxpen(tree, "replay", "results/reference", "--sample", "1", "--tables", env=where)
    assert answer.returncode == 1
    assert "results/reference/tiny/tables/final: different" in answer.stdout
    words = ["verify", "results/reference"]
    assert relaxpen(tree, *words, env=where).returncode == 0
    answer = relaxpen(tree, *words, "--root", root, env=where)
    assert answer.returncode == 1
    assert f"not the {root[:16]}... that was given" in answer.stdout
    answer = relaxpen(tree, *words, "--root", known_root(), env=where)
    assert answer.returncode == 0
    assert f"  root: {known_root()}" in answer.stdout


def test_the_root_is_known_to_the_documentation_and_to_git(tree):
    """As make reference leaves it, then committed, then with another lock in its place."""
    page = Path("docs/provenance.md")
    page.parent.mkdir()
    page.write_text("<!-- root -->``<!-- end of root -->\n")
    name_root(known_root())
    assert known_root() in page.read_text()
    person = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["add", "-f", "results/reference", "docs"], [*person, "commit", "-qm", "x"]):
        assert run(["git", *words], ".").returncode == 0
    assert root_problems(None) == []
    lock = json.loads(LOCK.read_text())
    LOCK.write_text(json.dumps(lock | {"root": "0" * 64}))
    problems = root_problems(None)
    assert len(problems) == 2
    assert problems[0].endswith("that docs/provenance.md names")
    assert "that is committed" in problems[1]
    (report,) = verify_here("results/reference")
    assert set(problems) < set(report.broken)


def test_an_archive_with_anything_but_manifests_is_refused(tree):
    """A folder, links, a device, a way out, a file twice: one sentence each."""
    with tarfile.open(ARCHIVE, "r:xz") as archive:
        first = archive.getmembers()[0].name
    kinds = {
        "results/a.json": tarfile.DIRTYPE, "results/b.json": tarfile.SYMTYPE,
        "results/c.json": tarfile.LNKTYPE, "results/d.json": tarfile.CHRTYPE,
        "results/e.json": tarfile.FIFOTYPE, "results/../../f.json": tarfile.REGTYPE,
        "/results/g.json": tarfile.REGTYPE, first: tarfile.REGTYPE,
    }  # fmt: skip
    whole = lzma.decompress(ARCHIVE.read_bytes())
    for name, kind in kinds.items():
        Path("other.tar").write_bytes(whole)
        with tarfile.open("other.tar", "a") as archive:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, first
            archive.addfile(member)
        ARCHIVE.write_bytes(lzma.compress(Path("other.tar").read_bytes()))
        with pytest.raises(DataError, match="is no manifest of a result or stands twice"):
            reference()
        where = {"PYTHONPATH": str(tree / "src")}
        if kind == tarfile.DIRTYPE:
            answer = relaxpen(tree, "replay", "results/reference", env=where)
            assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)


@pytest.mark.skipif(not (REPOSITORY / LOCK).exists(), reason="no reference is committed")
def test_the_committed_reference_is_the_one_that_the_documentation_names(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert known_root() in Path("docs/provenance.md").read_text()


@pytest.mark.skipif(not (REPOSITORY / LOCK).exists(), reason="no reference is committed")
def test_the_committed_reference_is_intact(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert verify(reference()).broken == []


@pytest.mark.skipif(not (REPOSITORY / LOCK).exists(), reason="no reference is committed")
def test_the_verdicts_in_the_readme_are_those_of_the_reference(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    text = Path("README.md").read_text()
    assert fill_claims(text, Path("results/reference")) == text


def test_merkle_root_is_what_sha256sum_gives():
    import hashlib

    text = "b" * 64 + "  a\n" + "a" * 64 + "  c\n"
    assert merkle_root({"c": "a" * 64, "a": "b" * 64}) == hashlib.sha256(text.encode()).hexdigest()
