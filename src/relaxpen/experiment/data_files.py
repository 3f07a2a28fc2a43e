"""The files that data is made from: what they must be, and where they are looked for. No torch."""

import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePath

from relaxpen.experiment.data_settings import POOLS
from relaxpen.experiment.files import sha256
from relaxpen.inputs.errors import DataError

MIRROR_VARIABLE = "RELAXPEN_DATA_MIRROR"
FETCHED_ANEW = "delete it and run again: it will be fetched anew"


@dataclass(frozen=True)
class RawFiles:
    """The files of one source, in a folder of the same name wherever they lie."""

    source: str
    folder: Path
    digests: dict[str, str | None]  # name -> SHA-256, None where it is not known

    @property
    def title(self) -> str:
        """What people call it."""
        return POOLS[self.source].title

    @property
    def paths(self) -> dict[Path, str | None]:
        """The SHA-256 of each file by its path in a data folder, None where it is not known."""
        return {self.folder / name: digest for name, digest in self.digests.items()}

    @property
    def names(self) -> str:
        """The names of the files, for a sentence."""
        return ", ".join(self.digests)


MNIST = RawFiles(
    "mnist",
    Path("MNIST/raw"),
    {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)
FASHION_MNIST = RawFiles(
    "fashion_mnist",
    Path("FashionMNIST/raw"),
    {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)
IJCNN1 = RawFiles(
    "ijcnn1",
    Path("ijcnn1"),
    {
        "ijcnn1.trn.bz2": "b38a4198ce142d43e96fb86d17b87211feec1f909ac344fa057455c69de29de3",
        "ijcnn1.tst.bz2": "acd1db430684fdd3f0c768ecc49aa8e749d0004fc117611220c2aa576a7b6a24",
    },
)
BLOG = RawFiles(
    "blog",
    Path("blogfeedback"),
    {"BlogFeedback.zip": "1ba74e5ad920f7cd037502b2968581cc695146a226a73eff52fe8ad875ed4bcf"},
)
# Nobody here has had this file: what is known is its form, which its reader checks.
MUSIC = RawFiles("music", Path("yearpredictionmsd"), {"YearPredictionMSD.txt.zip": None})
FILES = {raw.source: raw for raw in (MNIST, FASHION_MNIST, IJCNN1, BLOG, MUSIC)}


def canonical(path: PurePath) -> tuple[str, str] | None:
    """Return the title and the SHA-256 that a path asks for, None if it is no file of any source.

    Names are the same across sources: the folder above tells which one it is.
    """
    for raw in FILES.values():
        for known, digest in raw.paths.items():
            if digest and path.parts[-len(known.parts) :] == known.parts:
                return raw.title, digest
    return None


def title_of(digest: str) -> str | None:
    """Return the title of the source that has a file of this SHA-256, None if none has."""
    return next((raw.title for raw in FILES.values() if digest in raw.digests.values()), None)


def find_mirror(configured: str | None) -> Path | None:
    """Return the mirror folder of the config key, else of the environment variable, else None.

    Raises DataError if the folder does not exist.
    """
    given = configured or os.environ.get(MIRROR_VARIABLE)
    if not given:
        return None
    origin = (
        "data_mirror in the config" if configured else f"environment variable {MIRROR_VARIABLE}"
    )
    if not Path(given).is_dir():
        raise DataError(f"the data mirror {given!r} ({origin}) is not a folder; mend or unset it")
    return Path(given)


def check(raw: RawFiles, folder: Path, remedy: str) -> bool:
    """Return whether all files of a source are in a folder; each that is must be the right one.

    Raises DataError naming the first file with another SHA-256, and the remedy.
    """
    present = {path: digest for path, digest in raw.paths.items() if (folder / path).is_file()}
    for path, digest in present.items():
        if digest is None:
            continue
        found = sha256(folder / path)
        if found != digest:
            size = (folder / path).stat().st_size
            raise DataError(
                f"{folder / path} is damaged or not {raw.title} ({size} bytes, SHA-256 {found}, "
                f"expected {digest}); {remedy}"
            )
    return len(present) == len(raw.digests)


def check_before_running(raw: RawFiles, data_dir: Path, mirror: Path | None) -> None:
    """Refuse damaged files before any job: in the data folder, or in the mirror that would fill it.

    Raises DataError that names the file, or the folder that the mirror lacks.
    """
    if check(raw, data_dir, FETCHED_ANEW):
        return
    if mirror and not check(raw, mirror, "mend the mirror, or unset it"):
        raise DataError(
            f"the data mirror {mirror} lacks {raw.folder} of {raw.title}; put {raw.names} there, or "
            "unset it to have them downloaded"
        )


def pool_file(source: str) -> Path | None:
    """Return where the workflow keeps the pool of a source, None for data that is made from seeds."""
    return Path(f"results/data/{source}.npz") if source in FILES else None


def check_pool(pool: Path, source: str) -> None:
    """Refuse a pool that somebody names and that is not there, or is of another source.

    What it was made from is told by the note beside it, if there is one. Raises DataError.
    """
    default = pool_file(source)
    if not pool.is_file():
        leave = f", or leave --pool out to use {default}" if default else ""
        raise DataError(f"--pool {pool} is not there; give a file that relaxpen data wrote{leave}")
    note = pool.with_suffix(".json")
    try:
        files = json.loads(note.read_bytes())["files"] if note.is_file() else {}
        names = [Path(name) for name in files]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{note} is damaged; delete it, and run relaxpen data again") from None
    titles = {raw[0] for name in names if (raw := canonical(name))}
    if source in FILES and titles - {FILES[source].title}:
        raise DataError(
            f"--pool {pool} was made from {', '.join(sorted(titles))}, and data.source is {source}; "
            f"leave --pool out to use {default}"
        )
