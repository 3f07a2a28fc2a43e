"""ijcnn1, split from its 49990 training samples; labels stay as they are."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.source import (
    Arrays,
    LabelledSettings,
    RawFiles,
    Source,
    check_size,
    pooled,
    split_pool,
)

NUM_SAMPLES = 49990


class Ijcnn1Data(LabelledSettings):
    """ijcnn1; the 91701 test samples are used as they are."""

    num_classes: ClassVar[int | None] = 2

    source: Literal["ijcnn1"] = Field("ijcnn1", description="two classes, 22 features")
    num_train: int = Field(20000, ge=1, description="training samples")
    num_validation: int = Field(20000, ge=1, description="validation samples")
    num_selection: int = Field(0, ge=0, description="samples held out to choose a model")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_size(self, "ijcnn1", NUM_SAMPLES)
        return self


def read_pool(data_dir: Path) -> Arrays:
    """Return features (49990, 22) and (91701, 22) float64, labels (49990,) and (91701,) int64."""
    from relaxpen.data.readers.libsvm import read_ijcnn1

    return pooled(*(read_ijcnn1(data_dir / IJCNN1_FILES.folder, train) for train in (True, False)))


def download(folder: Path) -> None:
    """Fetch the files from the LIBSVM site."""
    from relaxpen.data.readers.libsvm import download_ijcnn1

    download_ijcnn1(folder / IJCNN1_FILES.folder)


IJCNN1_FILES = RawFiles(
    "ijcnn1",
    Path("ijcnn1"),
    {
        "ijcnn1.trn.bz2": "b38a4198ce142d43e96fb86d17b87211feec1f909ac344fa057455c69de29de3",
        "ijcnn1.tst.bz2": "acd1db430684fdd3f0c768ecc49aa8e749d0004fc117611220c2aa576a7b6a24",
    },
)
IJCNN1 = Source(
    "ijcnn1", Ijcnn1Data, split_pool, IJCNN1_FILES, read_pool, {"the LIBSVM site": download}
)
