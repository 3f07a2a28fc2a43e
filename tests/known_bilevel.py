"""First-order bilevel problems whose solutions are known, for tests of the methods of other papers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from relaxpen.method.first_order import Curvature, Gradients, Products


@dataclass(frozen=True)
class NoisyQuadratic:
    """g_i = y'B_i y / 2 - y'(C_i x + d_i),  f_j = |y - t_j|^2 / 2 + mu |x|^2 / 2, means over i and j."""

    curvature: Tensor  # (n, q, q) B_i
    coupling: Tensor  # (n, q, p) C_i
    offset: Tensor  # (n, q) d_i
    target: Tensor  # (k, q) t_j
    mu: float

    @property
    def num_lower_samples(self) -> int:
        return len(self.offset)

    @property
    def num_upper_samples(self) -> int:
        return len(self.target)

    def initial_params(self) -> Tensor:
        return torch.zeros_like(self.offset[0])

    def lower_gradient(self, x, y, rows):
        return self.curvature[rows].mean(0) @ y - self._pull(x, rows)

    def lower_hyper_gradient(self, x, y, rows):
        return -self.coupling[rows].mean(0).T @ y

    def lower_products(self, x, y, v, rows):
        return Products(
            self.lower_gradient(x, y, rows),
            self.curvature[rows].mean(0) @ v,
            -self.coupling[rows].mean(0).T @ v,
        )

    def lower_curvature(self, x, y, v, rows):
        return Curvature(*self.lower_products(x, y, v, rows)[1:])

    def upper_gradients(self, x, y, rows):
        return Gradients(self.mu * x, y - self.target[rows].mean(0))

    def project(self, x):
        return x

    def _pull(self, x, rows):
        return self.coupling[rows].mean(0) @ x + self.offset[rows].mean(0)

    def lower_solution(self, x: Tensor) -> Tensor:
        return torch.linalg.solve(self.curvature.mean(0), self._pull(x, slice(None)))

    def hypergradient(self, x: Tensor) -> Tensor:
        """mu x + C'B^-1 (y*(x) - t)."""
        gap = self.lower_solution(x) - self.target.mean(0)
        adjoint = torch.linalg.solve(self.curvature.mean(0), gap)
        return self.mu * x + self.coupling.mean(0).T @ adjoint

    def pulled_gradient(self, x: Tensor, multiplier: float) -> Tensor:
        """mu x + lambda C'(z - y), with z = y*(x) and y = argmin f(x, .) + lambda g(x, .)."""
        identity = torch.eye(self.offset.shape[-1], dtype=torch.float64)
        pulled = torch.linalg.solve(
            identity + multiplier * self.curvature.mean(0),
            self.target.mean(0) + multiplier * self._pull(x, slice(None)),
        )
        apart = self.lower_solution(x) - pulled
        return self.mu * x + multiplier * self.coupling.mean(0).T @ apart

    def solution(self, multiplier: float | None = None) -> Tensor:
        """The x at which the hypergradient, or that of F2SA with a multiplier, is 0; both are affine."""

        def slope(x):
            return (
                self.hypergradient(x) if multiplier is None else self.pulled_gradient(x, multiplier)
            )

        zero = torch.zeros(self.coupling.shape[-1], dtype=torch.float64)
        base = slope(zero)
        columns = [slope(row) - base for row in torch.eye(len(zero)).double()]
        return torch.linalg.solve(torch.stack(columns, 1), -base)


def noisy_quadratic(seed: int, num_samples: int = 1, noise: float = 0.3) -> NoisyQuadratic:
    """A random instance with p = 3, q = 4; its samples differ by ``noise``."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def around(mean):
        jitter = noise * normal(num_samples, *mean.shape)
        return mean + jitter - jitter.mean(0)

    root = normal(4, 4)
    base = root @ root.T / 4 + torch.eye(4).double()
    skew = around(torch.zeros(4, 4).double())
    return NoisyQuadratic(
        curvature=base + (skew + skew.mT) / 8,
        coupling=around(normal(4, 3)),
        offset=around(normal(4)),
        target=around(normal(4)),
        mu=0.5,
    )


@dataclass(frozen=True)
class Bilinear:
    """f = x y / 2, g = -x y / 2 + ridge y^2 / 2: alternating gradient descent goes in circles.

    The solution is x = 0; the ridge is there so that the lower level has one.
    Source: bilevel slides, the example after equation (55), in one dimension.
    """

    ridge: float
    num_lower_samples: int = 1
    num_upper_samples: int = 1

    def lower_gradient(self, x, y, rows):
        return self.ridge * y - x / 2

    def lower_hyper_gradient(self, x, y, rows):
        return -y / 2

    def lower_products(self, x, y, v, rows):
        return Products(self.lower_gradient(x, y, rows), self.ridge * v, -v / 2)

    def lower_curvature(self, x, y, v, rows):
        return Curvature(self.ridge * v, -v / 2)

    def upper_gradients(self, x, y, rows):
        return Gradients(y / 2, x / 2)

    def project(self, x):
        return x
