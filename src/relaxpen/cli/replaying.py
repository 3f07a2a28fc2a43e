"""What the verb does that makes recorded results again and compares."""

import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from relaxpen.cli.commands import CONFIG
from relaxpen.data.raw_files import find_mirror
from relaxpen.inputs.errors import DataError
from relaxpen.inputs.yaml_files import read_yaml

if TYPE_CHECKING:  # slow to import, and most verbs do without
    from relaxpen.audit.chain import Chain
    from relaxpen.audit.circumstances import Verdict
    from relaxpen.audit.workshop import Workshop


def replay(options: Namespace) -> int:
    """Make recorded runs again, and on request the tables and figures behind them, and compare.

    The exit code is 1 if anything is different. Raises DataError if nothing could be made again.
    """
    from relaxpen.audit.chain import load_chain
    from relaxpen.audit.circumstances import WORDS
    from relaxpen.audit.replay import sample_runs
    from relaxpen.audit.store import live, reference, result_path, store_of
    from relaxpen.audit.workshop import Workshop

    place = result_path(options.path) if options.path else None
    store = store_of(place) if place else live()
    chain, _ = load_chain(reference() if place and store.name == "reference" else store)
    within = (
        "" if place is None or place.as_posix() in store.folders.values() else store.named(place)
    )
    names = sample_runs(chain, options.sample, options.seed, within)
    config = read_yaml(CONFIG, "configuration")
    mirror = find_mirror(config.get("data_mirror"))
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        workshop = Workshop(Path(scratch), Path(config.get("data_dir", "data")), mirror)
        for verdict in _verdicts(chain, names, workshop, options.tables):
            counts[verdict.word] += 1
            print(verdict.line(), flush=True)
    made = f"{len(names)} runs" + (" and what rests on them" if options.tables else "")
    print(f"{made}: {', '.join(f'{counts[word]} {word}' for word in WORDS)}")
    if counts["not compared"] == counts.total():
        raise DataError("nothing could be compared; the reasons stand above")
    return int(counts["different"] > 0)


def _verdicts(
    chain: "Chain", names: list[str], workshop: "Workshop", with_tables: bool
) -> "Iterator[Verdict]":
    from relaxpen.audit.replay import replay
    from relaxpen.audit.replay_shown import replay_shown, shown_by

    for name in names:
        yield replay(chain, name, workshop)
    for name in shown_by(chain, names) if with_tables else []:
        yield replay_shown(chain, name, workshop.scratch)
