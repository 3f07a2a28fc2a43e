"""All settings of a run that selects regularization."""

from typing import Annotated

from pydantic import Field

from relaxpen.data.sources.ijcnn1 import Ijcnn1Data
from relaxpen.tasks.budgeted import BudgetedSettings
from relaxpen.tasks.peers.settings import AnyPeer


class SelectionSettings(BudgetedSettings):
    """The complete settings of a run that selects the regularization of each feature."""

    data: Ijcnn1Data
    initial_coefficient: float = Field(
        0.5, gt=0, description="exp(x) of every feature at the start; the public code draws (0, 1)"
    )
    method: Annotated[AnyPeer, Field(discriminator="name")]

    @classmethod
    def meaningless(cls) -> tuple[str, ...]:
        """Return the keys of methods' settings that mean nothing here: no sample has a weight."""
        return ("method.weights",)
