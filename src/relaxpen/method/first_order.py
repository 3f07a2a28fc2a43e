"""The derivatives of a bilevel problem that first-order methods use, and their minibatches."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Generator, Tensor


class Gradients(NamedTuple):
    """Partial derivatives of one function of the hyperparameters x and the parameters y."""

    hyper: Tensor  # (p,)
    params: Tensor  # (...)


class Curvature(NamedTuple):
    """Second derivatives of the lower objective g times a vector v."""

    hessian: Tensor  # (...) (d^2 g / dy dy) v
    cross: Tensor  # (p,) (d^2 g / dx dy) v


class Products(NamedTuple):
    """The lower gradient, and second derivatives of the lower objective g times a vector v."""

    gradient: Tensor  # (...) grad_y g
    hessian: Tensor  # (...) (d^2 g / dy dy) v
    cross: Tensor  # (p,) (d^2 g / dx dy) v


class FirstOrderProblem(Protocol):
    """A bilevel problem min_x f(x, y*(x)), y*(x) = argmin_y g(x, y), f and g means over samples.

    Every verb is pure and takes the rows to average over; slice(None) is all of them.
    """

    @property
    def num_lower_samples(self) -> int:
        """The number of samples that g is a mean over."""
        ...

    @property
    def num_upper_samples(self) -> int:
        """The number of samples that f is a mean over."""
        ...

    def initial_params(self) -> Tensor:
        """Return the cold start of the lower level (...)."""
        ...

    def lower_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return grad_y g(x, y) (...) over rows."""
        ...

    def lower_hyper_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return grad_x g(x, y) (p,) over rows."""
        ...

    def lower_curvature(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Curvature:
        """Return the second derivatives of g times v (...), over rows."""
        ...

    def lower_products(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Products:
        """Return the gradient of g and its second derivatives times v (...), over rows."""
        ...

    def upper_gradients(self, x: Tensor, y: Tensor, rows: slice) -> Gradients:
        """Return the gradients of f(x, y) over rows."""
        ...

    def project(self, x: Tensor) -> Tensor:
        """Return the nearest feasible x (p,)."""
        ...


@dataclass(frozen=True)
class Work:
    """What was computed so far, in samples: a full gradient of g counts num_lower_samples.

    So do its second derivatives times a vector; a gradient with respect to x alone, for which g has
    to be evaluated and no more, counts half.
    """

    lower: float = 0
    upper: int = 0  # gradients of f

    @property
    def total(self) -> float:
        """All of it, a sample of f counting as one of g."""
        return self.lower + self.upper

    def plus(self, lower: float = 0, upper: int = 0) -> "Work":
        """Return the work after some more."""
        return Work(self.lower + lower, self.upper + upper)


@dataclass(frozen=True)
class Batches:
    """A fixed partition of samples into batches of neighbours, the last one perhaps smaller.

    A batch is drawn with a probability proportional to its size, so that the mean over its samples
    is unbiased for the mean over all.
    """

    num_samples: int
    size: int

    @property
    def count(self) -> int:
        """The number of batches."""
        return -(-self.num_samples // self.size)

    def rows(self, index: int) -> slice:
        """Return the samples of a batch."""
        return slice(index * self.size, min((index + 1) * self.size, self.num_samples))

    def share(self, index: int) -> float:
        """Return the share of all samples that is in a batch."""
        rows = self.rows(index)
        return (rows.stop - rows.start) / self.num_samples

    def draw(self, generator: Generator) -> int:
        """Return the index of a random batch."""
        return int(torch.randint(self.num_samples, (), generator=generator)) // self.size


@dataclass(frozen=True)
class Draws:
    """Independent minibatches of the two levels, drawn on the CPU."""

    lower: Batches
    upper: Batches

    @classmethod
    def of(cls, problem: FirstOrderProblem, size: int) -> "Draws":
        """Return the batches of a problem; a size above a number of samples means all of them."""
        counts = (problem.num_lower_samples, problem.num_upper_samples)
        return cls(*(Batches(count, min(size, count)) for count in counts))

    def lower_rows(self, generator: Generator) -> slice:
        """Return the rows of a random batch of lower samples."""
        return self.lower.rows(self.lower.draw(generator))

    def upper_rows(self, generator: Generator) -> slice:
        """Return the rows of a random batch of upper samples."""
        return self.upper.rows(self.upper.draw(generator))


@dataclass(frozen=True)
class PowerDecay:
    """a (k + 1)^(-e), the step size of step k = 0, 1, ...; e = 0 keeps it constant."""

    initial: float
    exponent: float = 0.0

    def __call__(self, step: int) -> float:
        return self.initial * (step + 1) ** -self.exponent
