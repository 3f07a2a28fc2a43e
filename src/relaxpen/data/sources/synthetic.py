"""Two Gaussian classes, made from the seed."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from relaxpen.data.sources.source import Arrays, NoisySettings, Source
from relaxpen.inputs.sizes import NUMBER


class SyntheticData(NoisySettings):
    """Two Gaussian classes, made from the seed."""

    num_classes: ClassVar[int | None] = 2

    source: Literal["synthetic"] = Field("synthetic", description="two Gaussian classes")
    num_train: int = Field(1000, ge=1, description="training samples, = mask entries p")
    num_validation: int = Field(500, ge=1, description="clean validation samples")
    num_selection: int = Field(0, ge=0, description="clean samples held out to choose a model")
    num_test: int = Field(5000, ge=1, description="clean test samples")
    num_features: int = Field(20, ge=1, description="dimension, bias column not counted")
    mean_norm: float = Field(1.0, gt=0, description="|mu|, classes at +mu and -mu, unit variance")

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of the features, by the settings that make most of them."""
        names = ("num_train", "num_validation", "num_selection", "num_test")
        columns = self.num_features + 1
        return {
            f"data.{name} {size} with data.num_features {self.num_features}": size
            * columns
            * NUMBER
            for name in names
            for size in [getattr(self, name)]
        }


def split_synthetic(data: SyntheticData, seed: int, pool_labels: np.ndarray | None) -> Arrays:
    """Draw a pool, a test set and the split; ``pool_labels`` is not read."""
    from relaxpen.data.sources.source import split_pool
    from relaxpen.data.streams import numpy_stream
    from relaxpen.problems.synthetic import two_gaussians

    del pool_labels
    size = data.num_train + data.num_validation + data.num_selection
    shape = (data.num_features, data.mean_norm)
    features, labels = two_gaussians(size, *shape, numpy_stream(seed, "pool"))
    test_features, test_labels = two_gaussians(data.num_test, *shape, numpy_stream(seed, "test"))
    arrays = {
        "pool_features": features,
        "pool_labels": labels,
        "test_features": test_features,
        "test_labels": test_labels,
    }
    return arrays | split_pool(data, seed, labels)


SYNTHETIC = Source("Synthetic", SyntheticData, split_synthetic)
