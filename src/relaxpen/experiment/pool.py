"""The pool of a source as one array file, made from its checked files."""

from pathlib import Path

import numpy as np

from relaxpen.experiment import instances
from relaxpen.experiment.data_files import FILES
from relaxpen.experiment.data_sources import obtain
from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.libsvm import read_ijcnn1
from relaxpen.experiment.manifest import Job
from relaxpen.experiment.vision import read_images


def make_pool(source: str, data_dir: Path, mirror: Path | None, out: Path, words: list[str]) -> str:
    """Obtain a source, write its arrays to ``out`` and a note of their origin beside it.

    The arrays are pool_features, pool_labels, test_features and test_labels: of images (60000, 784)
    uint8, (60000,) int64, (10000, 784) and (10000,); of ijcnn1 (49990, 22) float64, (49990,) int64,
    (91701, 22) and (91701,). Returns where the files came from. ``words`` are the arguments of the
    command line that asks for it, for the manifest.

    Raises DataError if the files can be had nowhere.
    """
    raw = FILES[source]
    job = Job("pool", words, {"source": source})
    place = obtain(raw, data_dir, mirror)
    arrays = {}
    for name, train in (("pool", True), ("test", False)):
        features, labels = _read(source, data_dir, train)
        arrays |= {f"{name}_features": features, f"{name}_labels": labels}
    instances.save(out, arrays)
    files = {path.as_posix(): digest for path, digest in raw.paths.items()}
    note = out.with_suffix(".json")
    write_json(note, {"obtained_from": place, "files": files, out.name: sha256(out)})
    job.write(out.with_suffix(".manifest.json"), [data_dir / path for path in files], [out, note])
    return place


def _read(source: str, data_dir: Path, train: bool) -> tuple[np.ndarray, np.ndarray]:
    return (
        read_ijcnn1(data_dir, train) if source == "ijcnn1" else read_images(data_dir, source, train)
    )
