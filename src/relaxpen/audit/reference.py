"""The results that are committed: tables, figures, summary, and how they were made."""

import re
import shutil
from pathlib import Path

import pandas as pd

from relaxpen.audit.archive import write_archive
from relaxpen.audit.chain import Chain, load_chain
from relaxpen.audit.lock import name_root, write_lock
from relaxpen.audit.store import (
    ARCHIVE,
    LEFT_OUT,
    MADE_AGAIN,
    README,
    REFERENCE,
    live,
    reference_being_made,
)
from relaxpen.audit.verify import verify
from relaxpen.claims.page import claims_markdown
from relaxpen.inputs.errors import DataError
from relaxpen.records import layout
from relaxpen.records.files import whole
from relaxpen.records.manifest import Manifest
from relaxpen.studies.plan import Plan
from relaxpen.studies.study import EVERYTHING

MEASUREMENTS = ("bench", "precision")
PACKAGES = ("torch", "numpy", "scipy", "pyarrow")  # that a section names


def made_files(plan: Plan) -> list[tuple[Path, str]]:
    """Return every table and figure of a plan's studies, with what it shows."""
    files = []
    for name, study in plan.studies.items():
        for table in study.tables:
            files.append((Path(layout.table(name, table, "md")), study.of_task.tables[table].shows))
        for figure in study.figures:
            text = study.of_task.figures[figure].shows
            files.append((Path(layout.figure(name, figure, "png")), text))
    return files


def listing(plan: Plan) -> str:
    """Return what there is and where, one line a file; what is missing is said to be."""
    lines = []
    for path, text in made_files(plan):
        group = plan.studies[path.parts[1]].group
        by = "snakemake" if group == EVERYTHING else f"make {group}"
        state = "" if path.exists() else f"  (not made yet: run {by})"
        others = "csv, tex" if path.suffix == ".md" else "pdf"
        lines.append(f"  {path} (and {others}): {text}{state}")
    return "\n".join(["Tables and figures:", *lines])


def keep_as_reference(plan: Plan) -> str:
    """Keep what the studies of a plan made as the reference, and return the root of its lock.

    Copies summaries, tables, figures, claims and measurements with their manifests to
    results/reference and figures/reference; the manifests of runs and data go into one archive.
    Fills the tables of README.md. Raises DataError if anything has not been made, or is not intact
    and current, or was made with uncommitted changes.
    """
    missing = [str(path) for path, _ in made_files(plan) if not path.exists()]
    if missing:
        raise DataError(f"{', '.join(missing)} not made yet; run make reproduce first")
    store = live()
    report = verify(store)
    if report.broken or report.stale or report.notes:
        first = (report.broken + report.stale + report.notes)[0]
        raise DataError(f"these results cannot become the reference: {first}")
    chain, _ = load_chain(store)
    for name, manifest in chain.manifests.items():
        if manifest.git["dirty"]:
            raise DataError(f"{name} was made with uncommitted changes; commit, and make it again")
    for folder in REFERENCE.values():
        shutil.rmtree(folder, ignore_errors=True)
    kept = [name for name, one in chain.manifests.items() if one.rule not in MADE_AGAIN]
    for name in kept:
        for file in (name, *chain.manifests[name].outputs):
            if not LEFT_OUT.fullmatch(file):
                place = reference_place(file)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    write_archive(ARCHIVE, [name for name in store.names() if _is_chain(name) and name not in kept])
    sections = [_section(name, chain) for name in plan.studies]
    _write(README, "# Reference results\n\n" + _made_by(plan, chain) + "\n".join(sections))
    kept_store = reference_being_made()
    root = write_lock(kept_store, kept_store.manifests()[0])
    name_root(root)
    readme = Path("README.md")
    filled = fill_tables(readme.read_text(), Path(REFERENCE["results"]))
    _write(readme, fill_claims(filled, Path(REFERENCE["results"])))
    return root


def reference_place(name: str) -> Path:
    """Return where the reference keeps a file of the live results."""
    first, _, rest = name.partition("/")
    return Path(REFERENCE[first]) / rest


def _is_chain(name: str) -> bool:
    pool = name.startswith("results/data/") and name.endswith(".manifest.json")
    return pool or name.endswith(("/manifest.json", "/index.json"))


def _write(path: Path, text: str) -> None:
    with whole(path) as draft:
        draft.write_text(text)


def fill_tables(text: str, folder: Path) -> str:
    """Return a document with each marked table replaced by what its file holds.

    A table stands between ``<!-- table STUDY/NAME -->`` and ``<!-- end of table -->``; its file is
    ``folder``/STUDY/tables/NAME.md.
    """

    def fill(match: re.Match[str]) -> str:
        study, name = match[1].split("/")
        table = (folder / study / "tables" / f"{name}.md").read_text()
        return f"<!-- table {match[1]} -->\n{table}<!-- end of table -->"

    pattern = r"<!-- table (\S+) -->\n.*?<!-- end of table -->"
    return re.sub(pattern, fill, text, flags=re.DOTALL)


def fill_claims(text: str, folder: Path) -> str:
    """Return a document with what stands between its marks of claims replaced by the verdicts.

    The marks are ``<!-- claims -->`` and ``<!-- end of claims -->``, of folder/claims.csv, and
    ``<!-- claims GROUP -->`` of folder/claims_GROUP.csv. Links lead to the reference. Where there are
    no such claims the document stays as it is.
    """

    def fill(match: re.Match[str]) -> str:
        path = folder / f"claims{'_' if match[1] else ''}{match[1]}.csv"
        if not path.exists():
            return match[0]
        table = pd.read_csv(path, dtype={"num_seeds": "Int64"}).fillna({"unit": "", "evidence": ""})
        verdicts = claims_markdown(table, lambda name: reference_place(name).as_posix())
        return f"{match[0].partition(chr(10))[0]}\n{verdicts}<!-- end of claims -->"

    pattern = r"<!-- claims ?(\w*) -->\n.*?<!-- end of claims -->"
    return re.sub(pattern, fill, text, flags=re.DOTALL)


def _made_by(plan: Plan, chain: Chain) -> str:
    """Return the commands, and how long the runs of the first took, without the environment."""
    groups = plan.groups()
    others = [group for group in groups if group != EVERYTHING]
    verbs = ["reproduce", *others, *MEASUREMENTS, "reference"]
    runs = [
        one
        for name, one in chain.manifests.items()
        if one.seed is not None and name.split("/")[1] in groups.get(EVERYTHING, [])
    ]
    return (
        f"Made by `{' && '.join(f'make {verb}' for verb in verbs)}`.\n\n"
        f"The runs of `make reproduce`: {_minutes(runs):.1f} minutes from the first start to the last "
        "end.\n\n"
    )


def _minutes(jobs: list[Manifest]) -> float:
    span = max(one.ended for one in jobs) - min(one.started for one in jobs)
    return span.total_seconds() / 60


def _section(study: str, chain: Chain) -> str:
    """Return what is known of the runs of a study, from their manifests."""
    runs = [
        one
        for name, one in chain.manifests.items()
        if name.startswith(f"results/{study}/") and one.seed is not None
    ]
    core = sum((one.ended - one.started).total_seconds() for one in runs)
    build, machine = runs[0].torch, runs[0].machine
    arithmetic = ""
    if build is not None:
        threads = f"{build['num_threads']} thread(s) a run"
        arithmetic = f", {build['cpu_capability']}, device {build['device']}, {threads}"
    packages = ", ".join(f"{name} {runs[0].packages[name]}" for name in PACKAGES)
    codes = sorted({one.code[:16] for one in runs})
    commits = sorted({one.git["commit"][:12] for one in runs})
    return (
        f"## {study}\n\n"
        f"- {len(runs)} runs; {_minutes(runs):.1f} minutes from the first start to the last end, "
        f"other studies between them included; {core / 60:.1f} minutes if one after the other\n"
        f"- machine: {machine['cpu']}, {machine['num_cores']} cores{arithmetic}\n"
        f"- code: {', '.join(codes)}, commit {', '.join(commits)}\n"
        f"- versions: python {runs[0].python}, {packages}\n"
    )
