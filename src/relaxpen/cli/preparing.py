"""What the verbs do that make data: arrays of a source, splits, labels."""

from argparse import Namespace
from pathlib import Path

from relaxpen.cli.commands import check_seeds, parse_overrides
from relaxpen.data.raw_files import check_pool, find_mirror
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.data.sources.source import DataSettings
from relaxpen.inputs.models import Overrides
from relaxpen.records import layout
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import DEFAULT_SOURCE, resolve
from relaxpen.tasks.task import RunSettings


def data(options: Namespace) -> None:
    """Obtain a source from the first place that has it and write its arrays."""
    from relaxpen.data.pool import make_pool

    source, mirror = options.source, find_mirror(options.mirror)
    out = options.out or Path(layout.pool(source))
    place = make_pool(source, options.data_dir, mirror, out, options.words)
    print(f"{out}: {SOURCES[source].title} from {place}")


def split(options: Namespace) -> None:
    """Draw and write the split of each seed."""
    from relaxpen.data import prepare

    check_seeds(options.seeds)
    chosen = data_settings(parse_overrides(options.set))
    pool = chosen_pool(options, chosen.source)
    prepare.write_splits(chosen, options.seeds, pool, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} splits")


def corrupt(options: Namespace) -> None:
    """Corrupt and write the training labels of each seed."""
    from relaxpen.data import prepare

    check_seeds(options.seeds)
    chosen = data_settings(parse_overrides(options.set))
    prepare.write_labels(chosen, options.seeds, options.split, options.out, options.words)
    print(f"{options.out}: {len(options.seeds)} label files")


def data_settings(overrides: Overrides) -> DataSettings:
    """Return the settings of data, whatever task they are for."""
    source = overrides.get("data.source", DEFAULT_SOURCE)
    task = next((one for one in TASKS.values() if source in one.sources), TASKS["thesis"])
    if not task.names_methods_alone:
        default: Overrides = {"method.name": next(iter(task.methods))}
        overrides = default | overrides
    settings: RunSettings = resolve(task, overrides)
    return settings.data


def chosen_pool(options: Namespace, source: str) -> Path | None:
    """Return the pool that is given, which must be there, or the default, which may be made.

    Data that is made from seeds has none. Raises DataError if the one that is given is missing or of
    another source.
    """
    if options.pool is not None:
        check_pool(options.pool, source)
    return (options.pool or Path(layout.pool(source))) if SOURCES[source].raw else None
