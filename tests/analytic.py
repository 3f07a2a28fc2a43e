"""Bilevel problems whose values, gradients and best masks are known; methods to try on them."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.oracles import UnitBox
from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.method.relax_penalize import RelaxAndPenalize
from relaxpen.method.schedules import Constant, HarmonicStepSize
from rounding import gamma


@dataclass(frozen=True)
class Quadratic:
    """F(theta) = 1/2 theta' A theta + b' theta, with the lower level w = theta."""

    matrix: Tensor  # (p, p) symmetric
    slope: Tensor  # (p,)

    @property
    def num_hyper(self) -> int:
        return len(self.slope)

    @property
    def num_lower_steps(self) -> int:
        return 3

    def initial_params(self) -> Tensor:
        return torch.zeros_like(self.slope)

    def draw_batches(self, generator: Generator) -> Tensor | None:
        return None

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None) -> Evaluation:
        values = 0.5 * ((thetas @ self.matrix) * thetas).sum(1) + thetas @ self.slope
        return Evaluation(values, thetas.clone())

    def rounding(self, thetas: Tensor) -> Tensor:
        """The bound on the distance of two computations of F at each row of thetas (batch, p).

        An entry of theta' A theta goes through the p operations of a product twice, and two more.
        """
        size = thetas.abs()
        terms = 0.5 * ((size @ self.matrix.abs()) * size).sum(1) + size @ self.slope.abs()
        return 2 * gamma(2 * self.num_hyper + 2) * terms

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        return self.evaluate(params[None], params, None).values.expand(len(thetas))

    def gradient(self, theta: Tensor) -> Tensor:
        return self.matrix @ theta + self.slope

    def hypergradient(self, theta: Tensor, start: Tensor, batches: Tensor | None) -> Hypergradient:
        value = self.evaluate(theta[None], start, batches).values.item()
        return Hypergradient(self.gradient(theta), value, theta.clone())


def random_quadratic(
    num_hyper: int, seed: int, curvature: float = 1.0, margin: float = 0.0
) -> Quadratic:
    """Return a convex quadratic with a random slope, its entries at least ``margin`` from 0."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(num_hyper, num_hyper, generator=generator, dtype=torch.float64)
    slope = torch.randn(num_hyper, generator=generator, dtype=torch.float64)
    slope = slope + margin * slope.sign()
    return Quadratic(curvature * root @ root.T / num_hyper, slope)


def linear(slope: Tensor) -> Quadratic:
    return Quadratic(torch.zeros(len(slope), len(slope), dtype=slope.dtype), slope)


def all_vertices(num_hyper: int) -> Tensor:
    """Return the 2^p vertices of the box, (2^p, p) float64."""
    codes = torch.arange(2**num_hyper)
    return ((codes[:, None] >> torch.arange(num_hyper)) & 1).double()


def method(estimator, epsilon, averaging=None, offset=8, steps=20, **more):
    solver = FrankWolfe(UnitBox(), HarmonicStepSize(offset), averaging or Constant(1.0))
    return RelaxAndPenalize(estimator, solver, epsilon, steps, **more)


def iterate(method_, problem, seed=0):
    theta = torch.full((problem.num_hyper,), 0.5, dtype=torch.float64)
    streams = [torch.Generator().manual_seed(seed) for _ in range(2)]
    return method_.iterate(problem, theta, problem.initial_params(), *streams)
