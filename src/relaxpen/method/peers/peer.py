"""What the methods of other papers have in common."""

from typing import Any, Protocol

from torch import Generator, Tensor

from relaxpen.method.first_order import FirstOrderProblem, Work


class PeerState(Protocol):
    """What every state has."""

    @property
    def hyper(self) -> Tensor:
        """Return x (p,)."""
        ...

    @property
    def params(self) -> Tensor:
        """Return y (...), which tracks the lower-level solution."""
        ...

    @property
    def work(self) -> Work:
        """Return what was computed so far."""
        ...


class Peer(Protocol):
    """A bilevel method that takes one step at a time on the hyperparameters."""

    def init(self, problem: FirstOrderProblem, x: Tensor, y: Tensor) -> Any:
        """Return the state before the first step, at x (p,) and y (...)."""
        ...

    def step(self, problem: FirstOrderProblem, state: Any, k: int, generator: Generator) -> Any:
        """Return the state after step k; ``generator`` is on the CPU."""
        ...
