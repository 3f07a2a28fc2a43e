"""The pool of MNIST images as one array file, made from the four checked files."""

from pathlib import Path

from relaxpen.experiment import instances
from relaxpen.experiment.files import sha256, write_json
from relaxpen.experiment.manifest import Job
from relaxpen.experiment.mnist_files import DIGESTS, RAW, obtain
from relaxpen.experiment.vision import download_mnist, read_mnist


def make_pool(data_dir: Path, mirror: Path | None, out: Path, words: list[str]) -> str:
    """Obtain MNIST, write its arrays to ``out`` and a note of their origin beside it.

    The arrays are pool_features (60000, 784) uint8, pool_labels (60000,) int64, test_features
    (10000, 784) uint8 and test_labels (10000,) int64. Returns the source that worked. ``words`` are
    the arguments of the command line that asks for it, for the manifest.

    Raises DataError if no source works.
    """
    job = Job("mnist", words, {})
    source = obtain(data_dir, mirror, download_mnist)
    arrays = {}
    for name, train in (("pool", True), ("test", False)):
        features, labels = read_mnist(data_dir, train)
        arrays |= {f"{name}_features": features.numpy(), f"{name}_labels": labels.numpy()}
    instances.save(out, arrays)
    files = {str(RAW / name): digest for name, digest in DIGESTS.items()}
    note = {"source": source, "files": files, out.name: sha256(out)}
    write_json(out.with_suffix(".json"), note)
    raw = [data_dir / name for name in files]
    job.write(out.with_suffix(".manifest.json"), raw, [out, out.with_suffix(".json")])
    return source
