"""Estimators of the gradient of F(w_T(theta)) with respect to the mask."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import BilevelProblem, Problem, Values
from relaxpen.method.schedules import Schedule

Params = TypeVar("Params")  # a tensor (...), or what an estimator keeps of several


class Point(NamedTuple, Generic[Params]):
    """Where an estimate is made."""

    theta: Tensor  # (p,) the mask
    start: Params  # (...) lower-level parameters, where every solve begins
    step: int = 0  # j, counted from the beginning of a round
    batches: Tensor | None = None  # minibatches that every solve sees; None: full batches


class GradientEstimate(NamedTuple, Generic[Params]):
    """A gradient, what was seen on the way, and what it cost."""

    gradient: Tensor  # (p,) estimate of dF/dtheta, without the penalty
    value: float  # F at theta itself, without the penalty
    params: Params  # (...) w_T(theta), where the next step's solves start
    num_values: int  # upper objective values computed
    num_solves: int  # lower-level solves, of T steps each
    num_lower_steps: int  # gradients of the lower objective, over all solves
    num_upper_gradients: int = 0  # gradients of F with respect to the parameters


class GradientEstimator(Protocol[Problem, Params]):
    """A way to get the gradient of F at a point of such problems; ``directions`` is a CPU generator."""

    def estimate(
        self, problem: Problem, point: Point[Params], directions: Generator
    ) -> GradientEstimate[Params]: ...


@dataclass(frozen=True)
class RandomDirections:
    """I-RDSA: forward differences of F along Gaussian directions, each its own lower-level solve.

        g = (1/m) sum_i [F(theta + c_j z_i) - F(theta)] / c_j  z_i,     z_i ~ N(0, I_p)

    All m + 1 values start from the same parameters and see the same batches. Directions are drawn
    on the CPU in float64, whatever the device. Unbiased up to O(c_j); its cosine to the gradient is
    about sqrt(m / (m + p)).
    Source: Sahu, Zaheer, Kar (2019), Algorithm 2; thesis, Algorithm 3.2, with the lower level
    solved again for every direction (docs/deviations.md).
    """

    num_directions: int  # m
    radius: Schedule  # c_j, a length in theta

    def estimate(
        self, problem: Values, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        theta, start, step, batches = point
        z = _gaussian(self.num_directions, theta, directions)
        radius = self.radius(step)
        points = torch.cat([theta[None], theta + radius * z])
        values, params = problem.evaluate(points, start, batches)
        num_values = self.num_directions + 1
        return GradientEstimate(
            gradient=_mean_of_slopes(values, radius, z),
            value=values[0].item(),
            params=params[0],
            num_values=num_values,
            num_solves=num_values,
            num_lower_steps=num_values * problem.num_lower_steps,
        )


@dataclass(frozen=True)
class FixedLowerLevel:
    """I-RDSA as the thesis prints it: w* is solved once and not again for the perturbed masks.

        g = (1/m) sum_i [F(theta + c_j z_i, w*) - F(theta, w*)] / c_j  z_i

    In data hyper-cleaning F depends on theta through w alone, so g is exactly 0.
    Source: thesis, Algorithm 3.2, read literally (line 503 of the text).
    """

    num_directions: int  # m
    radius: Schedule  # c_j, a length in theta

    def estimate(
        self, problem: BilevelProblem, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        theta, start, step, batches = point
        z = _gaussian(self.num_directions, theta, directions)
        radius = self.radius(step)
        params = problem.evaluate(theta[None], start, batches).params[0]
        values = problem.upper_values(torch.cat([theta[None], theta + radius * z]), params)
        return GradientEstimate(
            gradient=_mean_of_slopes(values, radius, z),
            value=values[0].item(),
            params=params,
            num_values=self.num_directions + 1,
            num_solves=1,
            num_lower_steps=problem.num_lower_steps,
        )


@dataclass(frozen=True)
class ExactHypergradient:
    """The derivative of F(w_T(theta)) itself, by reverse mode through the T lower-level steps.

    The reverse sweep is T Hessian-vector products, each about the cost of a gradient: it is counted
    as T further lower-level gradient evaluations.
    Source: Franceschi et al. (2017), reverse-mode hypergradient.
    """

    def estimate(
        self, problem: BilevelProblem, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        del directions
        gradient, value, params = problem.hypergradient(point.theta, point.start, point.batches)
        return GradientEstimate(gradient, value, params, 1, 1, 2 * problem.num_lower_steps, 1)


@dataclass(frozen=True)
class NoGradient:
    """One value and a gradient of zero: the lower level is trained on and the mask learns nothing."""

    def estimate(
        self, problem: Values, point: Point[Tensor], directions: Generator
    ) -> GradientEstimate[Tensor]:
        del directions
        values, params = problem.evaluate(point.theta[None], point.start, point.batches)
        zero = torch.zeros_like(point.theta)
        return GradientEstimate(zero, values[0].item(), params[0], 1, 1, problem.num_lower_steps)


def _gaussian(num_directions: int, theta: Tensor, generator: Generator) -> Tensor:
    """Return z (m, p) ~ N(0, 1), drawn on the CPU in float64, with the type and device of theta."""
    z = torch.randn(num_directions, theta.numel(), generator=generator, dtype=torch.float64)
    return z.to(theta)


def _mean_of_slopes(values: Tensor, radius: float, z: Tensor) -> Tensor:
    """Return (1/m) sum_i [values_i - values_0] / c  z_i, (p,), for values (m + 1,) and z (m, p)."""
    slopes = (values[1:] - values[0]) / radius
    return slopes.to(z) @ z / len(z)
