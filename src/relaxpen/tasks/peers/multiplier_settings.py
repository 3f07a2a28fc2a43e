"""The settings of the methods that pull on the lower level by a multiplier that grows."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from relaxpen.tasks.peers.peer_settings import StochasticSettings

if TYPE_CHECKING:  # slow to import, and settings do without
    from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay
    from relaxpen.method.peers.peer import Peer


class _Multiplier(StochasticSettings):
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    pulled_decay: float = Field(
        0.0, ge=0, description="e in inner (k + 1)^-e of the pulled sequence"
    )
    multiplier: float = Field(1.0, gt=0, description="lambda_0")
    growth: float = Field(0.1, ge=0, description="delta, growth of lambda at the first step")
    growth_decay: float = Field(0.0, ge=0, description="e in delta (k + 1)^-e")
    paired: bool = Field(
        False, description="one batch for both lower gradients of a step on x; the paper draws two"
    )

    def shared(
        self, problem: "FirstOrderProblem"
    ) -> "tuple[Draws, PowerDecay, PowerDecay, PowerDecay, int, float, PowerDecay]":
        """Return what both methods are built from."""
        from relaxpen.method.first_order import PowerDecay

        growth = PowerDecay(self.growth, self.growth_decay)
        pulled = PowerDecay(self.inner, self.pulled_decay)
        steps = (self.draws(problem), self.inner_steps(), pulled, self.outer_steps())
        return (*steps, self.num_inner, self.multiplier, growth)


class F2sa(_Multiplier):
    """F2SA."""

    name: Literal["f2sa"] = "f2sa"

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.f2sa import F2sa

        return F2sa(*self.shared(problem), self.paired)


class F2saAdam(_Multiplier):
    """F2SA with Adam."""

    name: Literal["f2sa_adam"] = "f2sa_adam"
    beta_1: float = Field(0.9, ge=0, lt=1, description="decay of the mean of directions")
    beta_2: float = Field(0.99, ge=0, lt=1, description="decay of the mean of their squares")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.f2sa_adam import F2saAdam

        return F2saAdam(*self.shared(problem), self.beta_1, self.beta_2, self.paired)
