"""The settings of the methods of other papers; a class builds its method."""

from typing import TYPE_CHECKING, Literal, Union

from pydantic import Field

from relaxpen.inputs.registry import Registry
from relaxpen.inputs.sizes import ROW
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

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        raise NotImplementedError

    def outer_steps(self) -> "PowerDecay":
        """Return the step sizes of x."""
        from relaxpen.method.first_order import PowerDecay

        return PowerDecay(self.outer, self.outer_decay)


class _Stochastic(PeerSettings):
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


class Soba(_Stochastic):
    """SOBA."""

    name: Literal["soba"] = "soba"

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.soba import Soba

        return Soba(self.draws(problem), self.inner_steps(), self.outer_steps())


class Saba(_Stochastic):
    """SABA."""

    name: Literal["saba"] = "saba"

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.saba import Saba

        return Saba(self.draws(problem), self.inner_steps(), self.outer_steps())


class StocBio(_Stochastic):
    """StocBiO."""

    name: Literal["stocbio"] = "stocbio"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    num_terms: int = Field(10, ge=0, description="Q, terms of the Neumann series")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.stocbio import StocBio

        return StocBio(
            self.draws(problem),
            self.inner_steps(),
            self.outer_steps(),
            self.num_inner,
            self.num_terms,
            self.inner,
        )


class Amigo(_Stochastic):
    """AmIGO."""

    name: Literal["amigo"] = "amigo"
    num_inner: int = Field(10, ge=1, description="T, lower steps, and steps on the linear system")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.amigo import Amigo

        return Amigo(self.draws(problem), self.inner_steps(), self.outer_steps(), self.num_inner)


class _Multiplier(_Stochastic):
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


class ReverseMode(PeerSettings):
    """Reverse-mode differentiation through the lower-level steps."""

    name: Literal["reverse_mode"] = "reverse_mode"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.reverse_mode import ReverseMode

        return ReverseMode(self.inner, self.outer_steps(), self.num_inner)

    def arrays(self, num_train: int) -> dict[str, int]:
        """Return bytes of its steps, which it keeps to go back over them."""
        del num_train
        return {f"method.num_inner {self.num_inner}": self.num_inner * ROW}


class ImplicitCg(PeerSettings):
    """Implicit differentiation with conjugate gradients."""

    name: Literal["implicit_cg"] = "implicit_cg"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    num_conjugate: int = Field(10, ge=1, description="Q, conjugate gradient steps at most")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.implicit_cg import ImplicitCg

        return ImplicitCg(self.inner, self.outer_steps(), self.num_inner, self.num_conjugate)


PEERS: Registry[type[PeerSettings]] = Registry(
    {
        "soba": Soba,
        "saba": Saba,
        "stocbio": StocBio,
        "amigo": Amigo,
        "f2sa": F2sa,
        "f2sa_adam": F2saAdam,
        "reverse_mode": ReverseMode,
        "implicit_cg": ImplicitCg,
    }
)
if TYPE_CHECKING:
    AnyPeer = PeerSettings
else:  # a union of what there is, of which ``name`` chooses
    AnyPeer = Union[tuple(PEERS.values())]  # noqa: UP007
