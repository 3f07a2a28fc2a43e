"""What each verb of the command line does.

Each imports what it needs when it runs: torch alone takes two seconds.
"""

from argparse import Namespace
from pathlib import Path
from typing import Any

from relaxpen.experiment.comparison.settings import KINDS, resolve_comparison
from relaxpen.experiment.data_files import FILES, check_pool, find_mirror, pool_file
from relaxpen.experiment.data_settings import DATA, NOISY
from relaxpen.experiment.settings import resolve
from relaxpen.inputs.errors import DataError, SettingsError, shown
from relaxpen.inputs.yaml_files import parse_yaml

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


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Return {"lower.num_steps": 5} for ["lower.num_steps=5"]; values are read as YAML scalars."""
    overrides = {}
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


def data(options: Namespace) -> None:
    """Obtain a source from the first place that has it and write its arrays."""
    from relaxpen.experiment.pool import make_pool

    source, mirror = options.source, find_mirror(options.mirror)
    out = options.out or pool_file(source)
    place = make_pool(source, options.data_dir, mirror, out, options.words)
    print(f"{out}: {FILES[source].title} from {place}")


def split(options: Namespace) -> None:
    """Draw and write the split of each seed."""
    from relaxpen.experiment import prepare

    check_seeds(options.seeds)
    chosen = instance_settings(parse_overrides(options.set))
    pool = chosen_pool(options, chosen.data.source)
    prepare.write_splits(chosen, options.seeds, pool, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} splits")


def corrupt(options: Namespace) -> None:
    """Corrupt and write the training labels of each seed."""
    from relaxpen.experiment import prepare

    check_seeds(options.seeds)
    chosen = instance_settings(parse_overrides(options.set))
    prepare.write_labels(chosen, options.seeds, options.split, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} label files")


def instance_settings(overrides: dict[str, Any]) -> Any:
    """Return settings whose ``data`` says what an instance is; some sources only comparisons have."""
    source = overrides.get("data.source")
    if isinstance(source, str) and source in {*DATA} - {*NOISY}:
        any_method = next(iter(KINDS[source].methods))
        return resolve_comparison({"method.name": any_method} | overrides)
    return resolve(overrides)


def collect(options: Namespace) -> None:
    """Gather the runs of a study or a comparison into summary.parquet and traces.parquet."""
    from relaxpen.experiment.manifest import Job

    kind, study, files = load_any(options.study)
    results = options.results
    job = Job(f"collect_runs{kind}", options.words, study.model_dump())
    if kind:
        from relaxpen.experiment.comparison.collect import collect_comparison as gather
    else:
        from relaxpen.experiment.collect import collect_study as gather
    read = gather(study, results)
    outputs = [results / f"{name}.parquet" for name in ("summary", "traces")]
    job.write(results / "summary.manifest.json", [*files, *read], outputs)


def table(options: Namespace) -> None:
    """Make one table of a study or a comparison."""
    from relaxpen.experiment.manifest import Job, check_unchanged

    kind, study, files = load_any(options.study)
    job = Job(f"table{kind}", options.words, study.model_dump())
    if kind:
        from relaxpen.experiment.comparison.tables import write_table
    else:
        from relaxpen.experiment.tables import write_table
    read = [options.results / f"{name}.parquet" for name in ("summary", "traces")]
    check_unchanged(read)
    outputs = write_table(options.name, study, options.results, options.out)
    job.write(options.out / f"{options.name}.manifest.json", [*files, *read], outputs)


def figure(options: Namespace) -> None:
    """Draw one figure of a study or a comparison."""
    from relaxpen.experiment.manifest import Job, check_unchanged

    kind, study, files = load_any(options.study)
    job = Job(f"figure{kind}", options.words, study.model_dump())
    if kind:
        from relaxpen.experiment.comparison.catalog import FIGURES
        from relaxpen.experiment.comparison.figures import write_figure
    else:
        from relaxpen.experiment.catalog import FIGURES
        from relaxpen.experiment.figures import write_figure
    if options.name not in FIGURES:
        raise SettingsError(f"no figure is called {options.name!r}; expected {', '.join(FIGURES)}")
    read = [options.tables / f"{name}.csv" for name in FIGURES[options.name][1]]
    check_unchanged(read)
    outputs = write_figure(options.name, options.tables, options.out, study.smoke)
    job.write(options.out / f"{options.name}.manifest.json", [*files, *read], outputs)


def choose(options: Namespace) -> None:
    """Write config/chosen.yaml from a comparison that tried every point of its grids."""
    from relaxpen.experiment.comparison.choose import write_chosen
    from relaxpen.experiment.manifest import check_unchanged

    kind, study, _ = load_any(options.study)
    if not kind:
        raise SettingsError(f"{options.study} is no comparison; give one of config/comparisons")
    check_unchanged([options.results / "summary.parquet"])
    print(write_chosen(options.study.stem, study, options.results))


def load_any(path: Path) -> tuple[str, Any, list[Path]]:
    """Return of a study's or a comparison's file the kind, what it says, and the files that say it.

    The kind is "" for a study of the thesis' method and "_comparison" for a comparison, which is one
    by the folder it lies in; it ends the names of the rules that make its results.
    """
    from relaxpen.experiment.comparison import studies as compared
    from relaxpen.experiment.studies import load_study

    if path.parent.name != compared.FOLDER.name:
        return "", load_study(path), [path]
    study = compared.load_comparison(path)
    return "_comparison", study, [path, *compared.sources(study)]


def claims(options: Namespace) -> None:
    """Judge the claims of a claims file by the runs of the studies they name."""
    from relaxpen.claims.load_claims import load_claims
    from relaxpen.claims.page import write_claims
    from relaxpen.experiment.manifest import Job, check_unchanged

    found = load_claims(options.claims)
    group = getattr(found, "group", "reproduce")
    _check_judged(found.studies, options.results, f"make {group}")
    job = Job("claims", options.words, found.model_dump(mode="json"))
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
    from relaxpen.experiment.settings_page import settings_page

    print(settings_page(), end="")


def chosen_pool(options: Namespace, source: str) -> Path | None:
    """Return the pool that is given, which must be there, or the default, which may be made.

    Data that is made from seeds has none. Raises DataError if the one that is given is missing or of
    another source.
    """
    if options.pool is not None:
        check_pool(options.pool, source)
    return (options.pool or pool_file(source)) if source in FILES else None


def _check_judged(studies: list[str], results: Path, remedy: str) -> None:
    """Refuse to judge claims while a study that they rest on is not collected."""
    for study in studies:
        for name in ("summary", "traces"):
            if not (path := results / study / f"{name}.parquet").is_file():
                raise DataError(
                    f"the claims rest on the study {study}, whose {path} is missing; {remedy} makes it"
                )
