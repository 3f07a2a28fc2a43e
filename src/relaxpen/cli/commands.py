"""What each verb of the command line does.

Each imports what it needs when it runs: torch alone takes two seconds.
"""

from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml

from relaxpen.experiment.comparison.settings import resolve_comparison
from relaxpen.experiment.data_files import FILES, DataError, check_pool, find_mirror, pool_file
from relaxpen.experiment.settings import SettingsError, resolve

CLAIMS = Path("config/claims.yaml")
CONFIG = Path("config/config.yaml")


def check_root() -> None:
    """Refuse to go on outside the root of the clone."""
    if not CONFIG.is_file():
        raise SettingsError(f"run this in the root of the clone (no {CONFIG} here)")


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Return {"lower.num_steps": 5} for ["lower.num_steps=5"]; values are read as YAML scalars."""
    overrides = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r} has no '='; expected KEY=VALUE")
        try:
            overrides[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise SettingsError(f"the value of --set {pair!r} is not a YAML scalar") from None
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

    chosen = resolve(parse_overrides(options.set))
    pool = chosen_pool(options, chosen.data.source)
    prepare.write_splits(chosen, options.seeds, pool, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} splits")


def corrupt(options: Namespace) -> None:
    """Corrupt and write the training labels of each seed."""
    from relaxpen.experiment import prepare

    chosen = resolve(parse_overrides(options.set))
    prepare.write_labels(chosen, options.seeds, options.split, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} label files")


def run(options: Namespace) -> None:
    """Run one method on one cell for each seed, on an instance that is given or made on the way.

    With an instance, as in the workflow, runs that are there and are others are replaced; without,
    they are refused.
    """
    import torch

    from relaxpen.experiment import prepare
    from relaxpen.experiment.jobs import Batch, run_batch
    from relaxpen.experiment.machine import choose_device
    from relaxpen.experiment.other_runs import refuse_other_runs

    overrides, method = parse_overrides(options.set), options.method
    if "method.name" in overrides:  # any method of a comparison, with settings of its own
        chosen = resolve_comparison(overrides)
        method = chosen.method.name
    else:
        chosen = resolve(overrides)
    pool = chosen_pool(options, chosen.data.source)
    if pool is not None and not pool.exists():
        check_root()  # where it will be made
    device = choose_device(options.device)
    instance = options.instance or options.out / "instance"
    batch = Batch(chosen, method, options.seeds, instance, pool, options.out, options.steps_of)
    if options.instance is None:
        refuse_other_runs(batch)
        prepare.write_instance(chosen, options.seeds, pool, instance, options.words)
    torch.set_num_threads(options.threads)
    run_batch(batch, device, options.words)


def collect(options: Namespace) -> None:
    """Gather the runs of a study into summary.parquet and traces.parquet."""
    from relaxpen.experiment.collect import collect_study
    from relaxpen.experiment.manifest import Job
    from relaxpen.experiment.studies import load_study

    study, results = load_study(options.study), options.results
    job = Job("collect_runs", options.words, study.model_dump())
    read = collect_study(study, results)
    outputs = [results / f"{name}.parquet" for name in ("summary", "traces")]
    job.write(results / "summary.manifest.json", [options.study, *read], outputs)


def table(options: Namespace) -> None:
    """Make one table of a study."""
    from relaxpen.experiment.manifest import Job, check_unchanged
    from relaxpen.experiment.studies import load_study
    from relaxpen.experiment.tables import write_table

    study = load_study(options.study)
    job = Job("table", options.words, study.model_dump())
    read = [options.results / f"{name}.parquet" for name in ("summary", "traces")]
    check_unchanged(read)
    outputs = write_table(options.name, study, options.results, options.out)
    job.write(options.out / f"{options.name}.manifest.json", [options.study, *read], outputs)


def figure(options: Namespace) -> None:
    """Draw one figure of a study."""
    from relaxpen.experiment.catalog import FIGURES
    from relaxpen.experiment.figures import write_figure
    from relaxpen.experiment.manifest import Job, check_unchanged
    from relaxpen.experiment.studies import load_study

    study = load_study(options.study)
    job = Job("figure", options.words, study.model_dump())
    read = [options.tables / f"{name}.csv" for name in FIGURES[options.name][1]]
    check_unchanged(read)
    outputs = write_figure(options.name, options.tables, options.out, study.means_nothing)
    job.write(options.out / f"{options.name}.manifest.json", [options.study, *read], outputs)


def claims(options: Namespace) -> None:
    """Judge the claims of the thesis by the runs of the studies they name."""
    from relaxpen.claims.load_claims import load_claims
    from relaxpen.claims.page import write_claims
    from relaxpen.experiment.manifest import Job, check_unchanged

    found = load_claims(options.claims)
    _check_judged(found.studies, options.results)
    job = Job("claims", options.words, found.model_dump(mode="json"))
    names = ("summary", "traces")
    read = [
        options.results / study / f"{name}.parquet" for study in found.studies for name in names
    ]
    check_unchanged(read)
    outputs = write_claims(found, options.results, options.out)
    job.write(options.out / "claims.manifest.json", [options.claims, *read], outputs)


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


def _check_judged(studies: list[str], results: Path) -> None:
    """Refuse to judge claims while a study that they rest on is not collected."""
    for study in studies:
        for name in ("summary", "traces"):
            if not (path := results / study / f"{name}.parquet").is_file():
                raise DataError(
                    f"the claims rest on the study {study}, whose {path} is missing; make reproduce "
                    "makes it"
                )
