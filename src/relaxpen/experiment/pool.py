"""The pool of a source as one array file, made from its checked files."""

from pathlib import Path

import numpy as np

from relaxpen.experiment import instances
from relaxpen.experiment.blog_feedback import read_blog_feedback
from relaxpen.experiment.data_files import FILES
from relaxpen.experiment.data_sources import obtain
from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.libsvm import read_ijcnn1
from relaxpen.experiment.manifest import Job
from relaxpen.experiment.vision import read_images
from relaxpen.experiment.year_prediction import read_year_prediction

REGRESSIONS = {"blog": read_blog_feedback, "music": read_year_prediction}


def make_pool(source: str, data_dir: Path, mirror: Path | None, out: Path, words: list[str]) -> str:
    """Obtain a source, write its arrays to ``out`` and a note of their origin beside it.

    The arrays are pool_features, pool_labels, test_features and test_labels: of images (60000, 784)
    uint8, (60000,) int64, (10000, 784) and (10000,); of ijcnn1 (49990, 22) float64, (49990,) int64,
    (91701, 22) and (91701,); of BlogFeedback (58932, 280) and (58932,) float64, (1089, 280) and
    (1089,); of YearPredictionMSD (283487, 90) and (283487,), (231858, 90) and (231858,): training
    samples first, then the validation set. Returns where the files came from. ``words`` are the
    arguments of the command line that asks for it, for the manifest.

    Raises DataError if the files can be had nowhere.
    """
    raw = FILES[source]
    job = Job("pool", words, {"source": source})
    place = obtain(raw, data_dir, mirror)
    instances.save(out, read_pool(source, data_dir))
    files = {path.as_posix(): digest for path, digest in raw.paths.items()}
    note = out.with_suffix(".json")
    write_json(note, {"obtained_from": place, "files": files, out.name: sha256(out)})
    job.write(out.with_suffix(".manifest.json"), [data_dir / path for path in files], [out, note])
    return place


def read_pool(source: str, data_dir: Path) -> instances.Arrays:
    """Return the arrays of a source whose files are there; make_pool has their names and shapes."""
    if source in REGRESSIONS:
        train, validation, test = REGRESSIONS[source](data_dir)
        parts = {"pool": np.concatenate([train, validation]), "test": test}
        found = {name: (rows[:, :-1], rows[:, -1]) for name, rows in parts.items()}
    elif source == "ijcnn1":
        found = {"pool": read_ijcnn1(data_dir, True), "test": read_ijcnn1(data_dir, False)}
    else:
        parts = {"pool": True, "test": False}
        found = {name: read_images(data_dir, source, train) for name, train in parts.items()}
    arrays = {}
    for name, (features, labels) in found.items():
        arrays |= {f"{name}_features": features, f"{name}_labels": labels}
    return arrays
