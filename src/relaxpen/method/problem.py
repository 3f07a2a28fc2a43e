"""What the method may know of a bilevel problem."""

from typing import NamedTuple, Protocol, TypeVar

from torch import Generator, Tensor


class Evaluation(NamedTuple):
    """The answer of T lower-level steps for each row of a batch of masks."""

    values: Tensor  # (batch,) float64, upper objective F at w_T(theta), without the penalty
    params: Tensor  # (batch, ...) lower-level parameters w_T(theta)


class Hypergradient(NamedTuple):
    """The derivative of F(w_T(theta)) through all T lower-level steps."""

    gradient: Tensor  # (p,) dF/dtheta
    value: float  # F at w_T(theta), without the penalty
    params: Tensor  # (...) lower-level parameters w_T(theta)


class Batched(Protocol):
    """A bilevel problem whose lower level may be solved on minibatches."""

    def draw_batches(self, generator: Generator) -> Tensor | None:
        """Draw minibatches for one evaluation, (T, batch size) sample indices, or None."""
        ...


Problem = TypeVar("Problem", bound=Batched, contravariant=True)


class Values(Batched, Protocol):
    """A bilevel problem that can be evaluated: a mask theta (p,) above, parameters w (...) below.

    Every verb is pure: nothing is remembered between calls, the warm start is an argument.
    ``batches`` holds the minibatches of the T lower-level steps, or None for full batches; the same
    batches serve every row, so that a difference of values is a difference in theta and nothing else.
    """

    @property
    def num_hyper(self) -> int:
        """p, the number of mask entries."""
        ...

    @property
    def num_lower_steps(self) -> int:
        """T, the lower-level gradient steps of one solve, or 1 where a training is one whole."""
        ...

    def initial_params(self) -> Tensor:
        """Return the cold start of the lower level (...)."""
        ...

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None) -> Evaluation:
        """Return F at each row of thetas (batch, p), every lower solve begun at start (...).

        Rows may lie outside [0, 1]^p by a few radii.
        """
        ...


class BilevelProblem(Values, Protocol):
    """A bilevel problem that also knows F at given parameters, and the derivative of its answer."""

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        """Return F(theta, w) at each row of thetas (batch, p) for one given w (...): (batch,) float64."""
        ...

    def hypergradient(self, theta: Tensor, start: Tensor, batches: Tensor | None) -> Hypergradient:
        """Return the exact derivative at theta (p,), the lower solve begun at start (...)."""
        ...
