"""Settings of the data: one model for each source, and how large the pools are."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Pool(NamedTuple):
    """A fixed set of samples to draw splits from: its name for people, how many there are."""

    title: str
    num_samples: int


# Sources that are files. What they consist of: experiment/data_files.py.
POOLS = {
    "mnist": Pool("MNIST", 60000),
    "fashion_mnist": Pool("Fashion-MNIST", 60000),
    "ijcnn1": Pool("ijcnn1", 49990),
}


class Closed(BaseModel):
    """Settings that cannot be changed, and that know no other key."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Corruption(Closed):
    noise_rate: float = Field(0.2, ge=0, lt=1, description="share of training labels replaced")
    corruption: Literal["different_class", "any_class"] = Field(
        "different_class",
        description="replace by another class (the noise rate is the share of wrong labels), or by "
        "any class (as public set-ups do; some labels stay right)",
    )


class SyntheticData(_Corruption):
    """Two Gaussian classes, made from the seed."""

    source: Literal["synthetic"] = Field("synthetic", description="two Gaussian classes")
    num_train: int = Field(1000, ge=1, description="training samples, = mask entries p")
    num_validation: int = Field(500, ge=1, description="clean validation samples")
    num_selection: int = Field(0, ge=0, description="clean samples held out to choose a model")
    num_test: int = Field(5000, ge=1, description="clean test samples")
    num_features: int = Field(20, ge=1, description="dimension, bias column not counted")
    mean_norm: float = Field(1.0, gt=0, description="|mu|, classes at +mu and -mu, unit variance")


class MnistData(_Corruption):
    """MNIST, split from its 60000 training images; the 10000 test images are used as they are."""

    source: Literal["mnist"] = Field("mnist", description="handwritten digits, pixels / 255")
    num_train: int = Field(5000, ge=1, description="training samples, = mask entries p")
    num_validation: int = Field(5000, ge=1, description="clean validation samples")
    num_selection: int = Field(0, ge=0, description="clean samples held out to choose a model")

    @model_validator(mode="after")
    def _fits(self) -> "MnistData":
        _check_pool(self)
        return self


class FashionMnistData(MnistData):
    """Fashion-MNIST, of the same sizes and split in the same way."""

    source: Literal["fashion_mnist"] = Field(
        "fashion_mnist", description="articles of clothing, pixels / 255"
    )


class Ijcnn1Data(Closed):
    """ijcnn1, split from its 49990 training samples; labels stay as they are.

    The 91701 test samples are used as they are.
    """

    source: Literal["ijcnn1"] = Field("ijcnn1", description="two classes, 22 features")
    num_train: int = Field(20000, ge=1, description="training samples")
    num_validation: int = Field(20000, ge=1, description="validation samples")
    num_selection: int = Field(0, ge=0, description="samples held out to choose a model")

    @model_validator(mode="after")
    def _fits(self) -> "Ijcnn1Data":
        _check_pool(self)
        return self


# Labels are corrupted in the first three: the data sets that the thesis' method is run on.
NoisyData = Annotated[SyntheticData | MnistData | FashionMnistData, Field(discriminator="source")]
AnyData = Annotated[
    SyntheticData | MnistData | FashionMnistData | Ijcnn1Data, Field(discriminator="source")
]
NOISY = {"synthetic": SyntheticData, "mnist": MnistData, "fashion_mnist": FashionMnistData}
DATA = NOISY | {"ijcnn1": Ijcnn1Data}


def _check_pool(data: MnistData | Ijcnn1Data) -> None:
    wanted, pool = data.num_train + data.num_validation + data.num_selection, POOLS[data.source]
    if wanted > pool.num_samples:
        raise ValueError(
            f"num_train + num_validation + num_selection = {wanted}; {pool.title} has "
            f"{pool.num_samples} training samples, lower one of the three"
        )
