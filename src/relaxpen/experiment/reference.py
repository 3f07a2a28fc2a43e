"""The results that are committed: tables, figures, summary, and how they were made."""

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from relaxpen.experiment.catalog import EXTENSIONS, FIGURES, TABLES
from relaxpen.experiment.files import whole
from relaxpen.experiment.mnist_files import DataError
from relaxpen.experiment.plan import Plan

COMMANDS = ("reproduce", "bench", "precision", "reference")


def made_files(plan: Plan) -> list[tuple[Path, str]]:
    """Return every table and figure of a plan's studies, with what it shows."""
    files = []
    for name, study in plan.studies.items():
        for table in study.tables:
            files.append((Path(f"results/{name}/tables/{table}.md"), TABLES[table]))
        for figure in study.figures:
            files.append((Path(f"figures/{name}/{figure}.png"), FIGURES[figure][0]))
    return files


def listing(plan: Plan) -> str:
    """Return what there is and where, one line a file; what is missing is said to be."""
    lines = []
    for path, text in made_files(plan):
        state = "" if path.exists() else "  (not made yet: run snakemake)"
        others = "csv, tex" if path.suffix == ".md" else "pdf"
        lines.append(f"  {path} (and {others}): {text}{state}")
    return "\n".join(["Tables and figures:", *lines])


def keep_as_reference(plan: Plan) -> list[Path]:
    """Copy tables, figures and summaries to results/reference and figures/reference.

    What make bench and make precision wrote goes along, if they were run. Writes
    results/reference/README.md with the command, the code, the machine and the time.
    Raises DataError if anything of the studies has not been made.
    """
    missing = [str(path) for path, _ in made_files(plan) if not path.exists()]
    if missing:
        raise DataError(f"{', '.join(missing)} not made yet; run make reproduce first")
    sections = []
    for name, study in plan.studies.items():
        tables = Path("results/reference") / name
        figures = Path("figures/reference") / name
        for folder in (tables, figures):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for path in sorted(Path(f"results/{name}/tables").iterdir()):
            if path.suffix in (".csv", ".md", ".tex"):
                shutil.copy(path, tables)
        shutil.copy(f"results/{name}/summary.parquet", tables)
        for figure in study.figures:
            for extension in EXTENSIONS:
                shutil.copy(f"figures/{name}/{figure}.{extension}", figures)
        sections.append(_section(name, [Path(file) for file in plan.runs(name)]))
    for measured in (Path("results/bench.md"), Path("results/precision.md")):
        if measured.exists():
            shutil.copy(measured, "results/reference")
    commands = " && ".join(f"make {verb}" for verb in COMMANDS)
    text = f"# Reference results\n\nMade by `{commands}`.\n\n"
    with whole(Path("results/reference/README.md")) as draft:
        draft.write_text(text + "\n".join(sections))
    readme = Path("README.md")
    filled = fill_tables(readme.read_text(), Path("results/reference"))
    with whole(readme) as draft:
        draft.write_text(filled)
    return [Path("results/reference"), Path("figures/reference"), readme]


def fill_tables(text: str, folder: Path) -> str:
    """Return a document with each marked table replaced by what its file holds.

    A table stands between ``<!-- table STUDY/NAME -->`` and ``<!-- end of table -->``; its file is
    ``folder``/STUDY/NAME.md.
    """

    def fill(match: re.Match) -> str:
        table = (folder / f"{match[1]}.md").read_text()
        return f"<!-- table {match[1]} -->\n{table}<!-- end of table -->"

    pattern = r"<!-- table (\S+) -->\n.*?<!-- end of table -->"
    return re.sub(pattern, fill, text, flags=re.DOTALL)


def _section(study: str, indexes: list[Path]) -> str:
    """Return what is known of the runs of a study, from their records."""
    records = [_read(path) for index in indexes for path in index.parent.glob("seed=*/record.json")]
    begins = [datetime.fromisoformat(record["started"]) for record in records]
    ends = [
        begin + timedelta(seconds=record["wall_s"])
        for begin, record in zip(begins, records, strict=True)
    ]
    machine = records[0]["machine"]
    versions = ", ".join(f"{name} {text}" for name, text in records[0]["versions"].items())
    codes = sorted({record["code"][:16] for record in records})
    span = (max(ends) - min(begins)).total_seconds() / 60
    core = sum(record["wall_s"] for record in records) / 60
    return (
        f"## {study}\n\n"
        f"- {len(records)} runs; {span:.1f} minutes from the first start to the last end, pauses "
        f"included; {core:.1f} minutes if one after the other\n"
        f"- machine: {machine['cpu']}, {machine['num_cores']} cores, {machine['cpu_capability']}, "
        f"device {machine['device']}, {machine['num_threads']} thread(s) a run\n"
        f"- code: {', '.join(codes)}\n- versions: {versions}\n"
    )


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())
