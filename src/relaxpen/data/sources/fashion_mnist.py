"""Fashion-MNIST, of the same sizes as MNIST and split in the same way."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.mnist import NUM_IMAGES, WHITE
from relaxpen.data.sources.source import (
    Arrays,
    NoisySettings,
    RawFiles,
    Source,
    check_size,
    pooled,
    split_pool,
)

FASHION_MNIST_FOLDER = Path("FashionMNIST/raw")


class FashionMnistData(NoisySettings):
    """Fashion-MNIST; the 10000 test images are used as they are."""

    num_classes: ClassVar[int | None] = 10
    scale: ClassVar[float] = WHITE

    source: Literal["fashion_mnist"] = Field(
        "fashion_mnist", description="articles of clothing, pixels / 255"
    )
    num_train: int = Field(5000, ge=1, description="training samples, = mask entries p")
    num_validation: int = Field(5000, ge=1, description="clean validation samples")
    num_selection: int = Field(0, ge=0, description="clean samples held out to choose a model")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_size(self, "Fashion-MNIST", NUM_IMAGES)
        return self


def read_fashion_mnist(data_dir: Path) -> Arrays:
    """Return images (60000, 784) and (10000, 784) uint8, labels (60000,) and (10000,) int64."""
    from relaxpen.data.readers.images import read_images

    return pooled(*(read_images(data_dir, "FashionMNIST", train) for train in (True, False)))


def download_fashion_mnist(folder: Path) -> None:
    """Let torchvision fetch Fashion-MNIST into a folder."""
    from relaxpen.data.readers.images import download_images

    download_images(folder, "FashionMNIST")


def fashion_mnist_from_package(folder: Path) -> None:
    """Take Fashion-MNIST from a package of Debian."""
    from relaxpen.data.readers.packaged_data import FASHION_MNIST_DEB, from_package

    from_package(FASHION_MNIST_DEB, folder, folder / FASHION_MNIST_FOLDER)


FASHION_MNIST = Source(
    "Fashion-MNIST",
    FashionMnistData,
    split_pool,
    RawFiles(
        "Fashion-MNIST",
        FASHION_MNIST_FOLDER,
        {
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
    ),
    read_fashion_mnist,
    {
        "torchvision's download": download_fashion_mnist,
        "the Debian package dataset-fashion-mnist": fashion_mnist_from_package,
    },
)
