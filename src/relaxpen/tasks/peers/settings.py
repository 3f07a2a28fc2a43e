"""The settings of the methods of other papers, and the list of them; a class builds its method."""

from typing import TYPE_CHECKING, Literal, Union

from pydantic import Field

from relaxpen.inputs.registry import Registry
from relaxpen.inputs.sizes import ROW
from relaxpen.tasks.peers.multiplier_settings import F2sa, F2saAdam
from relaxpen.tasks.peers.peer_settings import PeerSettings, StochasticSettings

if TYPE_CHECKING:  # slow to import, and settings do without
    from relaxpen.method.first_order import FirstOrderProblem
    from relaxpen.method.peers.peer import Peer


class Soba(StochasticSettings):
    """SOBA."""

    name: Literal["soba"] = "soba"

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.soba import Soba

        return Soba(self.draws(problem), self.inner_steps(), self.outer_steps())


class Saba(StochasticSettings):
    """SABA."""

    name: Literal["saba"] = "saba"

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.saba import Saba

        return Saba(self.draws(problem), self.inner_steps(), self.outer_steps())


class StocBio(StochasticSettings):
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


class Amigo(StochasticSettings):
    """AmIGO."""

    name: Literal["amigo"] = "amigo"
    num_inner: int = Field(10, ge=1, description="T, lower steps, and steps on the linear system")

    def build(self, problem: "FirstOrderProblem") -> "Peer":
        """Return the method for a problem."""
        from relaxpen.method.peers.amigo import Amigo

        return Amigo(self.draws(problem), self.inner_steps(), self.outer_steps(), self.num_inner)


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
