"""The lower level of the group lasso by a fixed number of dual steps, and reverse mode through them."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.problems.group_shrinkage import (
    GroupDerivatives,
    Groups,
    RidgeTasks,
    Shrinkage,
    Slope,
)

STEP_SHARE = 0.99


class DualPath(NamedTuple):
    """Where the steps have been."""

    coefficients: Tensor  # (B, P) w at the last point
    points: list[Tensor]  # z_0 .. z_q, (B, P) each
    shrinkages: list[Shrinkage]  # at these points


@dataclass(frozen=True)
class DualSteps:
    """q steps of the dual forward-backward iteration with the Hellinger-like function, from u = 0.

        z_0 = 0,   z_{i+1} = z_i + gamma w(z_i),   gamma = 0.99 eta / lambda,   w^(q) = w(z_q)

    in the variable z of problems/group_shrinkage.py. A warm start is not used: the iteration is a
    path, not a fixed point, and after q steps it still depends on where it began.
    Source: Relax and penalize, appendix C.1; Frecon, Salzo, Pontil (2018), Algorithm 1.
    """

    num_steps: int  # q

    def solve(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> Tensor:
        """Return w^(q), (B, P)."""
        del start
        gamma, z = _step_size(tasks, groups), torch.zeros_like(tasks.correlations)
        for _ in range(self.num_steps):
            z = torch.addcmul(z, gamma, _coefficients(tasks, z, groups.shrinkage(z)))
        return _coefficients(tasks, z, groups.shrinkage(z))

    def trace(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> DualPath:
        """Return w^(q) with all points on the way: (q + 1) (2 P + L) numbers per task."""
        del start
        gamma, z = _step_size(tasks, groups), torch.zeros_like(tasks.correlations)
        points, shrinkages = [], []
        for step in range(self.num_steps + 1):
            here = groups.shrinkage(z)
            coefficients = _coefficients(tasks, z, here)
            points.append(z)
            shrinkages.append(here)
            if step < self.num_steps:
                z = torch.addcmul(z, gamma, coefficients)
        return DualPath(coefficients, points, shrinkages)

    def differentiate(
        self, tasks: RidgeTasks, groups: Groups, path: DualPath, gradient: Tensor
    ) -> GroupDerivatives:
        """Return the derivatives of C(w^(q)), given its gradient (B, P) with respect to w^(q).

            p_q = M grad C,   a_q = -J_q p_q,       M = (X'X / N + eta I)^-1,  J_i = dr/dz at z_i
            p_i = gamma M a_{i+1},   a_i = a_{i+1} - J_i p_i,       i = q - 1 .. 0

        gamma depends on lambda: d/dlambda has the further part -sum_i <a_{i+1}, z_{i+1} - z_i> / lambda.
        Source: Relax and penalize, Algorithm 2, corrected (docs/deviations.md).
        """
        gamma = _step_size(tasks, groups)
        p, adjoint = tasks.solve(gradient), torch.zeros_like(gradient)
        visited: list[tuple[Tensor, Shrinkage, Slope]] = []
        moved = gradient.new_zeros(len(gradient))
        for step in range(self.num_steps, -1, -1):
            z, here = path.points[step], path.shrinkages[step]
            slope = groups.slope(z, here, p)
            visited.append((z, here, slope))
            adjoint = adjoint - slope.value
            if step:
                moved += torch.linalg.vecdot(adjoint, z - path.points[step - 1])
                p = gamma * tasks.solve(adjoint)
        found = groups.derivatives(visited)
        return found._replace(strength=found.strength - moved / groups.strength[:, 0])


def _step_size(tasks: RidgeTasks, groups: Groups) -> Tensor:
    return STEP_SHARE * tasks.ridge / groups.strength


def _coefficients(tasks: RidgeTasks, z: Tensor, here: Shrinkage) -> Tensor:
    """Return w(z) (B, P)."""
    return tasks.solve(torch.addcmul(tasks.correlations, z, here.weights, value=-1))
