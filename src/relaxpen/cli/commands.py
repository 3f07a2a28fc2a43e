"""What each verb of the command line does.

Each imports what it needs when it runs: torch alone takes two seconds.
"""

from argparse import Namespace
from pathlib import Path

from relaxpen.inputs.errors import DataError, SettingsError, shown
from relaxpen.inputs.models import Overrides
from relaxpen.inputs.yaml_files import parse_yaml
from relaxpen.studies.points import expand
from relaxpen.studies.study import Study, load_study, sources
from relaxpen.tasks.task import Point

COLLECTED = ("summary", "traces")
CLAIMS = Path("config/claims.yaml")
CONFIG = Path("config/config.yaml")


def check_root() -> None:
    """Refuse to go on outside the root of the clone."""
    if not CONFIG.is_file():
        raise SettingsError(f"run this in the root of the clone (no {CONFIG} here)")


def check_seeds(seeds: list[int]) -> None:
    """Refuse seeds of which one is given twice."""
    if len(set(seeds)) < len(seeds):
        raise SettingsError(f"--seeds names a seed twice: {shown(seeds)}; give each once")


def parse_overrides(pairs: list[str]) -> Overrides:
    """Return {"lower.num_steps": 5} for ["lower.num_steps=5"]; values are read as YAML scalars."""
    overrides: Overrides = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"{shown(pair)} has no '='; expected KEY=VALUE")
        if key in overrides:
            raise SettingsError(f"{key} is given twice; give one value")
        try:
            overrides[key] = parse_yaml(value)
        except SettingsError as error:
            raise SettingsError(f"the value of {shown(pair)} is not YAML: {error}") from None
    return overrides


def collect(options: Namespace) -> None:
    """Gather the runs of a study into summary.parquet and traces.parquet."""
    from relaxpen.records.manifest import Job
    from relaxpen.studies.collect import collect
    from relaxpen.studies.rules import COLLECT

    study, points, files = load(options.study)
    job = Job(COLLECT, options.words, study.model_dump())
    read = collect(study, points, options.results)
    outputs = [options.results / f"{name}.parquet" for name in COLLECTED]
    job.write(options.results / "summary.manifest.json", [*files, *read], outputs)


def table(options: Namespace) -> None:
    """Make one table of a study."""
    from relaxpen.records.manifest import Job, check_unchanged
    from relaxpen.studies.rules import table_rule
    from relaxpen.studies.show import write_table

    study, points, files = load(options.study)
    job = Job(table_rule(study.of_task, options.name), options.words, study.model_dump())
    read = [options.results / f"{name}.parquet" for name in COLLECTED]
    check_unchanged(read)
    outputs = write_table(options.name, study, points, options.results, options.out)
    job.write(options.out / f"{options.name}.manifest.json", [*files, *read], outputs)


def figure(options: Namespace) -> None:
    """Draw one figure of a study."""
    from relaxpen.records.manifest import Job, check_unchanged
    from relaxpen.studies.rules import figure_rule
    from relaxpen.studies.show import figure_of, write_figure

    study, _, files = load(options.study)
    job = Job(figure_rule(study.of_task, options.name), options.words, study.model_dump())
    read = [
        options.tables / f"{name}.csv" for name in figure_of(study.of_task, options.name).tables
    ]
    check_unchanged(read)
    outputs = write_figure(options.name, study, options.tables, options.out)
    job.write(options.out / f"{options.name}.manifest.json", [*files, *read], outputs)


def choose(options: Namespace) -> None:
    """Write config/chosen.yaml from a study that tried every point of its grids."""
    from relaxpen.records.manifest import check_unchanged
    from relaxpen.studies.choose import write_chosen

    study, _, _ = load(options.study)
    if study.task != "cleaning":
        raise SettingsError(f"{options.study} is of task {study.task}; give one of task cleaning")
    check_unchanged([options.results / "summary.parquet"])
    print(write_chosen(options.study.stem, study, options.results))


def load(path: Path) -> tuple[Study, list[Point], list[Path]]:
    """Return what a study file says, its points, and the files that say what it is."""
    study, root = load_study(path), path.parent.parent.parent
    return study, expand(study, root), [path, *(root / file for file in sources(study))]


def claims(options: Namespace) -> None:
    """Judge the claims of a claims file by the runs of the studies they name."""
    from relaxpen.claims.load_claims import load_claims
    from relaxpen.claims.page import CLAIMS_RULE, write_claims
    from relaxpen.records.manifest import Job, check_unchanged

    found = load_claims(options.claims)
    remedy = f"make {getattr(found, 'group', 'reproduce')}"
    _check_judged(found.studies, options.results, remedy)
    job = Job(CLAIMS_RULE, options.words, found.model_dump(mode="json"))
    names = ("summary", "traces")
    read = [
        options.results / study / f"{name}.parquet" for study in found.studies for name in names
    ]
    check_unchanged(read)
    name = options.claims.stem
    outputs = write_claims(found, options.results, options.out, name)
    job.write(options.out / f"{name}.manifest.json", [options.claims, *read], outputs)


def settings(options: Namespace) -> None:
    """Print every setting, as in config/README.md."""
    from relaxpen.studies.settings_page import settings_page

    print(settings_page(), end="")


def _check_judged(studies: list[str], results: Path, remedy: str) -> None:
    """Refuse to judge claims while a study that they rest on is not collected."""
    for study in studies:
        for name in ("summary", "traces"):
            if not (path := results / study / f"{name}.parquet").is_file():
                raise DataError(
                    f"the claims rest on the study {study}, whose {path} is missing; {remedy} makes it"
                )
