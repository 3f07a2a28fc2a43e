"""All settings of a run that distils data."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.blog import BlogData
from relaxpen.data.sources.music import MusicData
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import Overrides
from relaxpen.tasks.rounds_settings import PenalizedSettings, Rounds
from relaxpen.tasks.task import MethodSettings

# What method.as_published stands for: the gradient, the projection and the steps of the public code.
AS_PUBLISHED = "method.as_published"
PUBLISHED: dict[str, Overrides] = {
    "blog": {"method.step_size": 1e-5},
    "music": {"method.step_size": 1e-3, "method.epsilon_decay": 3.1622776601683795e-2},
}


class Projected(Rounds):
    """Projected gradient steps on the weights of samples."""

    name: Literal["projected"] = "projected"
    step_size: float = Field(0.3, gt=0, description="step size of the weights")
    gradient: Literal["exact", "published", "sampled"] = Field(
        "exact",
        description="all entries; published: the public code, without 1/m; sampled: the same with 1/m",
    )
    batch_size: int = Field(600, ge=1, description="entries of a gradient that is not exact")
    projection: Literal["exact", "published"] = Field(
        "exact",
        description="exact: onto the budget; published: as the public code, which can miss it",
    )


class Subset(MethodSettings):
    """No optimisation."""

    name: Literal["subset"] = "subset"
    rule: Literal["random", "equal", "all"] = Field(
        "random", description="a random subset of the budget, equal weights of its sum, all data"
    )


class DistillationSettings(PenalizedSettings):
    """The complete settings of a run that distils data."""

    data: Annotated[BlogData | MusicData, Field(discriminator="source")]
    ridge: float = Field(100.0, ge=0, description="s in s |W|^2")
    budget: float = Field(0.1, gt=0, description="tau, as a share of the training samples")
    method: Annotated[Projected | Subset, Field(discriminator="name")]

    @classmethod
    def completed(cls, overrides: Overrides) -> Overrides:
        """Return overrides with what ``method.as_published`` stands for in its place."""
        if AS_PUBLISHED not in overrides:
            return overrides
        given = {key: value for key, value in overrides.items() if key != AS_PUBLISHED}
        source, method = given["data.source"], given["method.name"]
        if overrides[AS_PUBLISHED] is not True or method != "projected":
            raise SettingsError(
                f"{AS_PUBLISHED} is true or left out, and for method projected; got "
                f"{overrides[AS_PUBLISHED]!r} for {method}"
            )
        own: Overrides = {f"method.{part}": "published" for part in ("gradient", "projection")}
        own |= PUBLISHED[str(source)]
        if both := sorted(set(own) & set(given)):
            raise SettingsError(f"{AS_PUBLISHED} sets {both[0]}; leave out one of the two")
        return given | own

    @property
    def num_kept(self) -> int:
        """tau, the number of samples that may be kept."""
        return round(self.budget * self.data.num_train)

    @model_validator(mode="after")
    def _budget_can_be_met(self) -> Self:
        if not 1 <= self.num_kept <= self.data.num_train:
            raise ValueError(
                f"budget {self.budget} is {self.num_kept} of {self.data.num_train} training samples; "
                "give a share that is at least 1 sample and at most all of them"
            )
        return self
