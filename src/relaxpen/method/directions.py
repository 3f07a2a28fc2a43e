"""Distributions of random directions, all with E[z z'] = I: slopes times directions are unbiased."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor


class DirectionLaw(Protocol):
    """A way to draw directions in p dimensions, on the CPU in float64."""

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p) float64 with E[z z'] = I for each row."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """z ~ N(0, I)."""

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p)."""
        return torch.randn(num_directions, num_hyper, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Rademacher:
    """z_i = +1 or -1 with probability 1/2; the least E|z|^4 of all distributions with E[z z'] = I."""

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p)."""
        bits = torch.randint(2, (num_directions, num_hyper), generator=generator)
        return 2.0 * bits.double() - 1.0


@dataclass(frozen=True)
class Sphere:
    """z uniform on the sphere of radius sqrt(p)."""

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p)."""
        z = Gaussian().draw(num_directions, num_hyper, generator)
        return z * (num_hyper**0.5 / z.norm(dim=1, keepdim=True))


@dataclass(frozen=True)
class Orthogonal:
    """z on that sphere, and at right angles within each block of p directions.

    Source: Choromanski et al. (2018), structured exploration.
    """

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p)."""
        z = Gaussian().draw(num_directions, num_hyper, generator)
        blocks = [_orthonormal(block) for block in z.split(num_hyper)]
        return num_hyper**0.5 * torch.cat(blocks)


@dataclass(frozen=True)
class Antithetic:
    """Pairs z, -z of another distribution: the mean of their forward differences is a central difference.

    A pair is two directions in a row, so that the first directions, if even in number, are pairs.
    An odd number of directions is refused with ValueError.
    """

    law: DirectionLaw

    def draw(self, num_directions: int, num_hyper: int, generator: Generator) -> Tensor:
        """Return z (m, p), each direction at an even index followed by minus itself."""
        if num_directions % 2:
            raise ValueError(f"{num_directions} directions cannot be paired; give an even number")
        z = self.law.draw(num_directions // 2, num_hyper, generator)
        return torch.stack([z, -z], dim=1).flatten(0, 1)


def _orthonormal(rows: Tensor) -> Tensor:
    """Return an orthonormal basis (k, p) of the span of rows (k, p), uniformly distributed."""
    basis, triangle = torch.linalg.qr(rows.T)
    return (basis * triangle.diagonal().sign()).T


LAWS: dict[str, DirectionLaw] = {
    "gaussian": Gaussian(),
    "rademacher": Rademacher(),
    "sphere": Sphere(),
    "orthogonal": Orthogonal(),
    "antithetic": Antithetic(Gaussian()),
}
