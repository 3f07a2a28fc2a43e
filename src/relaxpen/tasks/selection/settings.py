"""All settings of a run that selects regularization."""

from typing import Annotated

from pydantic import Field

from relaxpen.data.settings import Ijcnn1Data
from relaxpen.tasks.cleaning.settings import ComparisonSettings
from relaxpen.tasks.peers.settings import AnyPeer


class SelectionSettings(ComparisonSettings):
    """The complete settings of a run that selects the regularization of each feature."""

    data: Ijcnn1Data
    initial_coefficient: float = Field(
        0.5, gt=0, description="exp(x) of every feature at the start; the public code draws (0, 1)"
    )
    method: Annotated[AnyPeer, Field(discriminator="name")]
