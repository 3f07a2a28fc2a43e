"""What the settings of the methods of other papers share; a class builds its method."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from relaxpen.tasks.task import MethodSettings

if TYPE_CHECKING:  # slow to import, and settings do without
    from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay
    from relaxpen.method.peers.peer import Peer


class PeerSettings(MethodSettings):
    """A method that changes hyperparameters x, of which each may give the weight of a sample."""

    weights: Literal["sigmoid", "clipped"] = Field(
        "sigmoid", description="weight = sigmoid(x), or x kept in [0, 1]"
    )
    inner: float = Field(0.1, gt=0, description="step size of the lower level")
    outer: float = Field(100.0, ge=0, description="step size of x; 0 keeps x where it starts")
    outer_decay: float = Field(0.0, ge=0, description="e in outer (k + 1)^-e")

    @abstractmethod
    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""

    def outer_steps(self) -> "PowerDecay":
        """Return the step sizes of x."""
        from relaxpen.method.first_order import PowerDecay

        return PowerDecay(self.outer, self.outer_decay)


class StochasticSettings(PeerSettings):
    """A method with stochastic gradients at both levels."""

    batch_size: int = Field(64, ge=1, description="samples per stochastic gradient")
    inner_decay: float = Field(0.0, ge=0, description="e in inner (k + 1)^-e")

    def draws(self, problem: "FirstOrderProblem") -> "Draws":
        """Return the draws of minibatches of both levels."""
        from relaxpen.method.first_order import Draws

        return Draws.of(problem, self.batch_size)

    def inner_steps(self) -> "PowerDecay":
        """Return the step sizes of the lower level."""
        from relaxpen.method.first_order import PowerDecay

        return PowerDecay(self.inner, self.inner_decay)
