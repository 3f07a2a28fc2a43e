"""The settings of every method that cleans labels."""

from typing import Literal

from pydantic import Field

from relaxpen.inputs.models import Closed
from relaxpen.tasks.agreement.settings import Agreement
from relaxpen.tasks.cleaning.estimators import RelaxPenalize
from relaxpen.tasks.peers.settings import PEERS, AnyPeer


class Filter(Closed):
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


OURS = (RelaxPenalize, Agreement, Filter)


MODELS = {model.model_fields["name"].default: model for model in (*PEERS, *OURS)}


AnyMethod = AnyPeer | RelaxPenalize | Agreement | Filter
