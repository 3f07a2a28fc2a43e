"""The pool of a source as one array file, made from its checked files."""

from pathlib import Path

from relaxpen.data.places import obtain
from relaxpen.data.rules import pool_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import DataError
from relaxpen.records.arrays import save
from relaxpen.records.files import sha256, write_json
from relaxpen.records.manifest import Job


def make_pool(name: str, data_dir: Path, mirror: Path | None, out: Path, words: list[str]) -> str:
    """Obtain a source, write its arrays to ``out`` and a note of their origin beside it.

    The arrays are pool_features (n, d), pool_labels (n,), test_features and test_labels; their
    sizes and types are in data/sources, under ``read``. Returns where the files came from. ``words``
    are the arguments of the command line that asks for it, for the manifest.

    Raises DataError if the files can be had nowhere.
    """
    source = SOURCES[name]
    if source.raw is None or source.read is None:
        raise DataError(f"{name} is made from the seed; it has no pool, leave the step out")
    job = Job(pool_rule(name), words, {"source": name})
    place = obtain(source, data_dir, mirror)
    save(out, source.read(data_dir))
    files = {path.as_posix(): digest for path, digest in source.raw.paths.items()}
    note = out.with_suffix(".json")
    write_json(note, {"obtained_from": place, "files": files, out.name: sha256(out)})
    job.write(out.with_suffix(".manifest.json"), [data_dir / path for path in files], [out, note])
    return place
