"""One search by a method of another paper, until its budget is spent."""

from collections.abc import Callable, Iterator
from typing import Protocol

from torch import Generator, Tensor

from relaxpen.method.first_order import FirstOrderProblem
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.budgeted import BudgetedSettings
from relaxpen.tasks.clock import Clock, checkpoints
from relaxpen.tasks.peers.peer_settings import PeerSettings


class Measured(Protocol):
    """What is measured of a search, and what becomes of it."""

    @property
    def result(self) -> RunResult:
        """Return what was measured so far; it grows."""
        ...

    def add(self, hyper: Tensor, params: Tensor, cost: float, seconds: float, steps: int) -> bool:
        """Measure one checkpoint; return whether its numbers are finite."""
        ...

    def conclude(self, steps: int) -> None:
        """Judge the end."""
        ...


def follow(
    settings: BudgetedSettings,
    method: PeerSettings,
    problem: FirstOrderProblem,
    start: Tensor,
    measured: Measured,
    stream: Generator,
    seen: Callable[[Tensor], Tensor] = lambda x: x,
) -> Iterator[RunResult]:
    """Run the method of another paper from x = ``start`` (p,) until its budget is spent.

    Yields the growing result at each checkpoint; ``seen`` is what is measured of x.
    """
    peer = method.build(problem)
    state = peer.init(problem, start, problem.initial_params())
    clock = Clock(start.device)
    steps = 0
    for cost in checkpoints(settings.budget, settings.measure):
        with clock:
            while state.work.total < cost * problem.num_lower_samples:
                state = peer.step(problem, state, steps, stream)
                steps += 1
        spent = state.work.total / problem.num_lower_samples
        if not measured.add(seen(state.hyper), state.params, spent, clock.seconds, steps):
            break
        yield measured.result
    measured.conclude(steps)
    yield measured.result
