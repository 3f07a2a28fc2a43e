"""The settings of every method that cleans labels."""

from typing import Literal

from pydantic import Field

from relaxpen.inputs.registry import Registry
from relaxpen.tasks.cleaning.estimators import RelaxPenalize
from relaxpen.tasks.peers.settings import PEERS, AnyPeer
from relaxpen.tasks.task import MethodSettings


class Filter(MethodSettings):
    """No bilevel method: a rule that keeps samples."""

    name: Literal["filter"] = "filter"
    rule: Literal[
        "all_noisy", "oracle", "validation_only", "disagreement", "confident_learning"
    ] = Field("disagreement", description="which samples are kept")
    ridge: float = Field(1e-3, ge=0, description="c of the model that judges the labels")
    margin: float = Field(0.0, description="disagreement: keep above this log-odds of the label")
    num_folds: int = Field(5, ge=2, description="confident learning: folds of cross-validation")
    filter_by: Literal["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"] = (
        Field("prune_by_noise_rate", description="confident learning: cleanlab's rule")
    )


METHODS: Registry[type[MethodSettings]] = Registry(
    PEERS | {"relax_penalize": RelaxPenalize, "filter": Filter}
)
CleaningMethod = AnyPeer | RelaxPenalize | Filter
