"""Settings of the data: one model for each source, and how large the pools are."""

from math import prod
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from relaxpen.inputs.models import Closed
from relaxpen.inputs.sizes import NUMBER


class Pool(NamedTuple):
    """A fixed set of samples to draw splits from: its name for people, how many there are."""

    title: str
    num_samples: int


# Sources that are files. What they consist of: experiment/data_files.py.
POOLS = {
    "mnist": Pool("MNIST", 60000),
    "fashion_mnist": Pool("Fashion-MNIST", 60000),
    "ijcnn1": Pool("ijcnn1", 49990),
    "blog": Pool("BlogFeedback", 58932),
    "music": Pool("YearPredictionMSD", 283487),
}
# How many samples of a pool are training samples, the first ones; the rest is the validation set.
TRAINING = {"blog": 52397, "music": 231857}


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

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of the features, by the setting that makes most of them; of files there is a limit."""
        sizes = {
            name: getattr(self, name)
            for name in ("num_train", "num_validation", "num_selection", "num_test")
        }
        return {
            f"data.{name} {size} with data.num_features {self.num_features}": size
            * (self.num_features + 1)
            * NUMBER
            for name, size in sizes.items()
        }


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


class GroupLassoData(Closed):
    """Regression tasks that share groups of features, made from the seed."""

    source: Literal["group_lasso"] = Field("group_lasso", description="tasks that share groups")
    smallest: float = Field(0.1, gt=0, le=1, description="a, least size of a nonzero coefficient")
    sizes: Literal["inequal", "random"] = Field(
        "inequal", description="half small and half large groups, or sizes drawn by a softmax"
    )
    noise: Literal["relative", "absolute"] = Field(
        "relative",
        description="0.2 standard deviations of X w, as in the public code; or the variance 0.2, as in "
        "the paper's text",
    )
    num_tasks: int = Field(500, ge=1, description="T, regressions")
    num_rows: int = Field(20, ge=2, description="N, observations of a task in each of three parts")
    num_features: int = Field(100, ge=1, description="P, features")
    num_groups: int = Field(10, ge=1, le=36, description="L, groups")

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of the observations, three parts of each task."""
        sizes = (self.num_tasks, self.num_rows, self.num_features)
        what = "data.num_tasks {} with data.num_rows {} and data.num_features {}".format(*sizes)
        return {what: 3 * prod(sizes) * NUMBER}

    @property
    def drawn(self) -> dict[str, Any]:
        """What the tasks are drawn with."""
        return self.model_dump(exclude={"source"})

    @model_validator(mode="after")
    def _fits(self) -> "GroupLassoData":
        if self.num_features < self.num_groups:
            raise ValueError(
                f"num_features {self.num_features} cannot fill num_groups {self.num_groups}"
            )
        if self.sizes == "random" and self.num_features < 5 * self.num_groups:
            raise ValueError(
                f"sizes random leaves groups empty for {self.num_groups} groups of {self.num_features} "
                "features; give at least 5 features for each group"
            )
        uneven = self.num_groups % 2 or self.num_features % (2 * self.num_groups)
        if self.sizes == "inequal" and uneven:
            raise ValueError(
                f"sizes inequal needs an even num_groups and num_features a multiple of twice that, not "
                f"{self.num_groups} groups of {self.num_features} features; give others, or random"
            )
        return self


class BlogData(Closed):
    """BlogFeedback, in the parts of the public code; fewer samples are drawn from the seed."""

    source: Literal["blog"] = Field("blog", description="280 features of posts, comments in a day")
    num_train: int = Field(52397, ge=1, description="training samples")
    num_validation: int = Field(6535, ge=1, description="validation samples")

    @model_validator(mode="after")
    def _fits(self) -> "BlogData":
        train = TRAINING[self.source]
        most = {"num_train": train, "num_validation": POOLS[self.source].num_samples - train}
        for name, number in most.items():
            if getattr(self, name) > number:
                raise ValueError(
                    f"{name} = {getattr(self, name)}; {POOLS[self.source].title} has {number}"
                )
        return self


class MusicData(BlogData):
    """YearPredictionMSD, split in the same way."""

    source: Literal["music"] = Field("music", description="90 features of songs, year of release")
    num_train: int = Field(231857, ge=1, description="training samples")
    num_validation: int = Field(51630, ge=1, description="validation samples")


# Labels are corrupted in the first three: the data sets that the thesis' method is run on.
NoisyData = Annotated[SyntheticData | MnistData | FashionMnistData, Field(discriminator="source")]
AnyData = Annotated[
    SyntheticData | MnistData | FashionMnistData | Ijcnn1Data, Field(discriminator="source")
]
DistilledData = Annotated[BlogData | MusicData, Field(discriminator="source")]
NOISY = {"synthetic": SyntheticData, "mnist": MnistData, "fashion_mnist": FashionMnistData}
DISTILLED = {"blog": BlogData, "music": MusicData}
UNLABELLED = {"group_lasso": GroupLassoData} | DISTILLED
DATA = NOISY | {"ijcnn1": Ijcnn1Data} | UNLABELLED


def _check_pool(data: MnistData | Ijcnn1Data) -> None:
    wanted, pool = data.num_train + data.num_validation + data.num_selection, POOLS[data.source]
    if wanted > pool.num_samples:
        raise ValueError(
            f"num_train + num_validation + num_selection = {wanted}; {pool.title} has "
            f"{pool.num_samples} training samples, lower one of the three"
        )
