"""Sequences of numbers: step sizes, averaging weights, radii, penalty parameters."""

from dataclasses import dataclass
from typing import Protocol


class Schedule(Protocol):
    """A number for every step 0, 1, 2, ..."""

    def __call__(self, step: int) -> float: ...


@dataclass(frozen=True)
class Constant:
    """The same number at every step."""

    value: float

    def __call__(self, step: int) -> float:
        return self.value


@dataclass(frozen=True)
class GeometricDecay:
    """eps^k = eps^0 beta^k, the penalty parameter of round k.

    ``initial`` eps^0 > 0 and ``factor`` beta in (0, 1) have the unit of 1 / F.
    Source: thesis, Algorithm 3.2, "Update".
    """

    initial: float
    factor: float

    def __call__(self, step: int) -> float:
        return self.initial * self.factor**step


@dataclass(frozen=True)
class HarmonicStepSize:
    """gamma_j = 2 / (j + offset), the step size of Frank-Wolfe (no unit).

    Source: Sahu, Zaheer, Kar (2019), Algorithm 2, with offset 8: no step is ever longer than 1/4.
    """

    offset: float = 8.0

    def __call__(self, step: int) -> float:
        return 2.0 / (step + self.offset)


@dataclass(frozen=True)
class SahuAveraging:
    """rho_j = min(1, 4 / ((1 + p/m)^(1/3) (j + 8)^(2/3))), the weight of the newest estimate.

    p = ``num_hyper`` mask entries, m = ``num_directions``.
    Source: Sahu, Zaheer, Kar (2019), Algorithm 2, I-RDSA.
    """

    num_hyper: int
    num_directions: int

    def __call__(self, step: int) -> float:
        dilution = (1 + self.num_hyper / self.num_directions) ** (1 / 3)
        weight: float = 4.0 / (dilution * (step + 8) ** (2 / 3))
        return min(1.0, weight)


@dataclass(frozen=True)
class SahuRadius:
    """c_j = max(floor, 2 sqrt(m) / (p^(3/2) (j + 8)^(1/3))), the radius of the differences in theta.

    p = ``num_hyper`` mask entries, m = ``num_directions``; a length in theta, as is ``floor``.
    Source: Sahu, Zaheer, Kar (2019), Algorithm 2, I-RDSA; the floor is ours (docs/precision.md).
    """

    num_hyper: int
    num_directions: int
    floor: float = 0.0

    def __call__(self, step: int) -> float:
        published: float = (
            2.0 * self.num_directions**0.5 / (self.num_hyper**1.5 * (step + 8) ** (1 / 3))
        )
        return max(self.floor, published)
