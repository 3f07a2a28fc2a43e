"""What a source of samples is: its settings, the files it is made from, its split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from relaxpen.inputs.models import Closed


class DataSettings(Closed):
    """Settings of the samples of a run; ``source`` names where they come from."""

    num_classes: ClassVar[int | None] = None  # None: the targets are no classes
    scale: ClassVar[float] = 1.0  # features are divided by it

    source: str

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of the largest arrays, by the settings that make them so large; of files none count."""
        return {}


class LabelledSettings(DataSettings):
    """Settings of samples in classes, split in three parts; the test set is used as it is."""

    num_train: int = Field(1000, ge=1, description="training samples")
    num_validation: int = Field(500, ge=1, description="validation samples")
    num_selection: int = Field(0, ge=0, description="samples held out to choose a model")


class NoisySettings(LabelledSettings):
    """Settings of samples of which some get a wrong label."""

    noise_rate: float = Field(0.2, ge=0, lt=1, description="share of training labels replaced")
    corruption: Literal["different_class", "any_class"] = Field(
        "different_class",
        description="replace by another class (the noise rate is the share of wrong labels), or by "
        "any class (as public set-ups do; some labels stay right)",
    )


@dataclass(frozen=True)
class RawFiles:
    """The files of one source, in a folder of the same name wherever they lie."""

    title: str  # what people call it
    folder: Path
    digests: Mapping[str, str | None]  # name -> SHA-256, None where it is not known

    @property
    def paths(self) -> dict[Path, str | None]:
        """The SHA-256 of each file by its path in a data folder, None where it is not known."""
        return {self.folder / name: digest for name, digest in self.digests.items()}

    @property
    def names(self) -> str:
        """The names of the files, for a sentence."""
        return ", ".join(self.digests)


Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Source:
    """Where samples come from. What reads or draws them imports what it needs when it runs."""

    title: str
    settings: type[DataSettings]
    split: Callable[[Any, int, np.ndarray | None], Arrays]  # of data settings, seed, pool labels
    raw: RawFiles | None = None  # None: the samples are made from the seed
    read: Callable[[Path], Arrays] | None = None  # the arrays of the pool, from a data folder
    downloads: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)  # by place

    @property
    def has_noise(self) -> bool:
        """Whether some of its labels are made wrong."""
        return issubclass(self.settings, NoisySettings)


def check_size(data: LabelledSettings, title: str, num_samples: int) -> None:
    """Raise ValueError if a split needs more samples than its pool has."""
    wanted = data.num_train + data.num_validation + data.num_selection
    if wanted > num_samples:
        raise ValueError(
            f"num_train + num_validation + num_selection = {wanted}; {title} has "
            f"{num_samples} training samples, lower one of the three"
        )


def pooled(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> Arrays:
    """Return the arrays of a pool from features (n, d) and labels (n,) of training and test samples."""
    parts = {"pool": train, "test": test}
    return {
        f"{name}_{part}": array
        for name, pair in parts.items()
        for part, array in zip(("features", "labels"), pair, strict=True)
    }


def split_pool(data: LabelledSettings, seed: int, pool_labels: np.ndarray | None) -> Arrays:
    """Draw indices into a pool with labels (n,); the clean ``train_labels`` stand beside them."""
    from relaxpen.data.streams import numpy_stream
    from relaxpen.problems.splits import draw_split

    if pool_labels is None:
        raise ValueError(f"{data.source} is split by the labels of its pool; give them")
    sizes = (data.num_train, data.num_validation, data.num_selection)
    split = draw_split(len(pool_labels), *sizes, numpy_stream(seed, "split"))
    return split._asdict() | {"train_labels": pool_labels[split.train]}
