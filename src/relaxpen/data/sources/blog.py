"""BlogFeedback, in the parts of the public code; fewer samples are drawn from the seed."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from relaxpen.data.sources.source import Arrays, DataSettings, RawFiles, Source, pooled


class DistilledSettings(DataSettings):
    """Settings of regression samples whose pool has the training samples first, then validation."""

    pool_title: ClassVar[str]
    pool_sizes: ClassVar[tuple[int, int]]  # training samples, validation samples

    num_train: int = Field(1, ge=1, description="training samples")
    num_validation: int = Field(1, ge=1, description="validation samples")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sizes = zip(("num_train", "num_validation"), self.pool_sizes, strict=True)
        for name, number in sizes:
            if getattr(self, name) > number:
                raise ValueError(f"{name} = {getattr(self, name)}; {self.pool_title} has {number}")
        return self


class BlogData(DistilledSettings):
    """BlogFeedback, in the parts of the public code; fewer samples are drawn from the seed."""

    pool_title: ClassVar[str] = "BlogFeedback"
    pool_sizes: ClassVar[tuple[int, int]] = (52397, 6535)

    source: Literal["blog"] = Field("blog", description="280 features of posts, comments in a day")
    num_train: int = Field(52397, ge=1, description="training samples")
    num_validation: int = Field(6535, ge=1, description="validation samples")


def split_parts(data: DistilledSettings, seed: int, pool_labels: np.ndarray | None) -> Arrays:
    """Draw ``train`` and ``validation`` from the two parts of the pool, in their order."""
    from relaxpen.data.streams import numpy_stream

    del pool_labels
    rng = numpy_stream(seed, "split")
    num_train, num_others = data.pool_sizes
    train = rng.permutation(num_train)[: data.num_train]
    validation = rng.permutation(num_others)[: data.num_validation]
    return {"train": np.sort(train), "validation": num_train + np.sort(validation)}


def pool_of_parts(train: np.ndarray, validation: np.ndarray, test: np.ndarray) -> Arrays:
    """Return the arrays of a pool from tables whose last column is the target."""
    tables = (np.concatenate([train, validation]), test)
    return pooled(*((rows[:, :-1], rows[:, -1]) for rows in tables))


def read_blog(data_dir: Path) -> Arrays:
    """Return features (58932, 280) and (1089, 280), targets (58932,) and (1089,), float64."""
    from relaxpen.data.readers.blog_feedback import read_blog_feedback

    return pool_of_parts(*read_blog_feedback(data_dir / BLOG_FILE))


def download_blog(folder: Path) -> None:
    """Fetch the archive from the UCI repository."""
    from relaxpen.data.readers.uci import download_uci

    download_uci(folder / BLOG_FILE, "00304")


BLOG_FILE = Path("blogfeedback/BlogFeedback.zip")
BLOG = Source(
    "BlogFeedback",
    BlogData,
    split_parts,
    RawFiles(
        "BlogFeedback",
        BLOG_FILE.parent,
        {BLOG_FILE.name: "1ba74e5ad920f7cd037502b2968581cc695146a226a73eff52fe8ad875ed4bcf"},
    ),
    read_blog,
    {"the UCI repository": download_blog},
)
