"""The lower level of the group lasso solved to its end, and its derivative by the implicit function."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.problems.group_shrinkage import (
    GroupDerivatives,
    Groups,
    RidgeTasks,
    Shrinkage,
    apply,
)

FIRST_LENGTH, GROWTH = 1.0, 10.0
COARSE = 1e-3
MAX_NEWTON_STEPS, MAX_HALVINGS = 100, 40
MAX_WARM_STEPS = 15
SUFFICIENT = 1e-4


class FixedPoint(NamedTuple):
    """The solution and what its derivative needs."""

    coefficients: Tensor  # (B, P) w
    point: Tensor  # (B, P) z = s w
    shrinkage: Shrinkage  # at z


@dataclass(frozen=True)
class DualFixedPoint:
    """The point z = s w(z): the end of one implicit dual step of length s from u = 0.

        w = argmin (1 / 2N) |X w - y|^2 + (eta / 2) |w|^2 + lambda sum_l sqrt(|theta_l . w|^2 + 1 / s^2)

    It is the group lasso with its kinks rounded off at 1 / s; it is smooth in theta and lambda, and as
    s -> inf its solution and derivative are the limits, as q -> inf, of those of q explicit steps
    (``DualSteps``; theirs add up to the length 0.99 q eta / lambda). Newton's method with halved
    steps; from a cold start (zeros) s grows to its value by factors of 10, so that the groups that go
    out are found while the problem is still easy. The solution does not depend on the start.
    """

    length: float = 1e4  # s, 1 / the unit of w
    tolerance: float = 1e-11  # largest entry of the gradient, relative to the largest of X'y / N

    @property
    def num_steps(self) -> int:
        """One solve is one whole."""
        return 1

    def solve(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> Tensor:
        """Return w (B, P) from the coefficients w of before (B, P), or from zeros."""
        return self.trace(tasks, groups, start).coefficients

    def trace(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> FixedPoint:
        """Return the solution from a start (B, P), or from zeros where the start is no help.

        Raises ArithmeticError if Newton's method does not end.
        """
        last = _Rounded(tasks, groups, self.length)
        scale = tasks.correlations.abs().max().item()
        z = None
        if start.any():
            z = _newton(last, self.length * start, self.tolerance * scale, MAX_WARM_STEPS)
        if z is None:
            z = self._cold(last, scale)
        return FixedPoint(z / self.length, z, groups.shrinkage(z))

    def _cold(self, last: "_Rounded", scale: float) -> Tensor:
        """Return the solution from zeros, by way of problems with rounder kinks."""
        z: Tensor | None = torch.zeros_like(last.tasks.correlations)
        length = min(FIRST_LENGTH, self.length)
        while z is not None and length < self.length:
            z = _newton(replace(last, length=length), z, COARSE * scale, MAX_NEWTON_STEPS)
            length = min(GROWTH * length, self.length)
        if z is not None:
            z = _newton(last, z, self.tolerance * scale, MAX_NEWTON_STEPS)
        if z is None:
            raise ArithmeticError(f"no lower-level solution after {MAX_NEWTON_STEPS} Newton steps")
        return z

    def differentiate(
        self, tasks: RidgeTasks, groups: Groups, found: FixedPoint, gradient: Tensor
    ) -> GroupDerivatives:
        """Return the derivatives of C(w), given its gradient (B, P) with respect to w.

        ((X'X / N + eta I) / s + J) p = grad C / s,   J = dr/dz;   the rest as at one dual step.
        """
        rounded = _Rounded(tasks, groups, self.length)
        p = rounded.solve(found.point, found.shrinkage, gradient / self.length)
        slope = groups.slope(found.point, found.shrinkage, p)
        return groups.derivatives([(found.point, found.shrinkage, slope)])


@dataclass(frozen=True)
class _Rounded:
    """min_z <z, H z> / (2 s) - <c, z> + lambda sum_l sqrt(1 + |theta_l . z|^2), H = X'X / N + eta I."""

    tasks: RidgeTasks
    groups: Groups
    length: float  # s

    def look(self, z: Tensor) -> tuple[Tensor, Tensor, Shrinkage]:
        """Return the values (B,), the gradients (B, P) and the shrinkage at z (B, P)."""
        designs, num_rows = self.tasks.designs, self.tasks.designs.shape[1]
        seen, here = apply(z, designs.mT), self.groups.shrinkage(z)
        curved = apply(seen, designs) / num_rows + self.tasks.ridge * z
        norms = (1 / here.inverse - 1).sum(dim=1, keepdim=True) * self.groups.strength
        linear = (z * (curved / (2 * self.length) - self.tasks.correlations)).sum(dim=1)
        gradients = curved / self.length - self.tasks.correlations + z * here.weights
        return linear + norms[:, 0], gradients, here

    def solve(self, z: Tensor, here: Shrinkage, right: Tensor) -> Tensor:
        """Return (H / s + J)^-1 b for b (B, P): D + A'A - U'U with D diagonal, by Woodbury.

        D = eta / s + lambda Q d,   A = X / sqrt(N s),   U_l = sqrt(lambda d_l^3) q_l . z
        """
        num_rows = self.tasks.designs.shape[1]
        diagonal = self.tasks.ridge / self.length + here.weights
        design = self.tasks.designs / (num_rows * self.length) ** 0.5
        turned = (self.groups.strength * here.inverse**3).sqrt()[:, :, None]
        turned = turned * z[:, None] * self.groups.squares.mT
        rows = torch.cat([design, turned], dim=1)
        scaled = rows / diagonal[:, None]
        signs = torch.ones_like(rows[0, :, 0])
        signs[num_rows:] = -1
        core = scaled @ rows.mT + signs.diag()
        inner = torch.linalg.solve(core, (scaled @ right[:, :, None])[..., 0])
        return right / diagonal - apply(inner, scaled)


def _newton(problem: _Rounded, z: Tensor, tolerance: float, max_steps: int) -> Tensor | None:
    """Return z (B, P) where no entry of the gradient is above the tolerance, None if out of steps."""
    value, gradient, here = problem.look(z)
    for _ in range(max_steps):
        if not gradient.abs().max() > tolerance:
            return z
        step = problem.solve(z, here, gradient)
        needed = SUFFICIENT * (gradient * step).sum(dim=1)
        # near the minimum the decrease is below rounding: the full step is then right
        slack = 1e-13 * value.abs()
        share = torch.ones_like(value)
        for _ in range(MAX_HALVINGS):
            there = z - share[:, None] * step
            value_there, gradient_there, here_there = problem.look(there)
            short = value_there > value - share * needed + slack
            if not short.any():
                break
            share = torch.where(short, share / 2, share)
        z, value, gradient, here = there, value_there, gradient_there, here_there
    return None
