"""Regression tasks that share groups of features, made from the seed."""

from math import prod
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from relaxpen.data.sources.source import Arrays, DataSettings, Source
from relaxpen.inputs.sizes import NUMBER


class GroupLassoData(DataSettings):
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
    def _fits(self) -> Self:
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


def draw_tasks(data: GroupLassoData, seed: int, pool_labels: np.ndarray | None) -> Arrays:
    """Draw the ``coefficients`` (T, P) and ``groups`` (P, L) of the tasks."""
    from relaxpen.data.streams import torch_stream
    from relaxpen.problems.group_lasso_data import GroupLassoSource

    del pool_labels
    truth = GroupLassoSource(**data.drawn).draw_truth(torch_stream(seed, "tasks"))
    return {name: part.numpy() for name, part in truth._asdict().items()}


GROUP_LASSO = Source("Groups of features", GroupLassoData, draw_tasks)
