"""The dual of the group lasso in P numbers per task, and the ridge regression inside of it.

The published iteration keeps L dual vectors u_l (P,) per task and goes over to
v_l = grad phi(u_l) = u_l / sqrt(lambda^2 - |u_l|^2) and back at every step:

    v_l <- grad phi(u_l) + gamma theta_l . w,     u_l <- grad phi*(v_l) = lambda v_l / sqrt(1 + |v_l|^2)

grad phi undoes grad phi*, so v_l <- v_l + gamma theta_l . w with one w for all groups: from u = 0 it
stays v_l = theta_l . z, and z (P,) is all there is to keep. What the regression sees of u is then

    sum_l theta_l . u_l = r(z) = lambda z . (Q d),   Q = theta^2,   d_l = 1 / sqrt(1 + sum_j Q_jl z_j^2)
    w = (X'X / N + eta I)^-1 (X'y / N - r(z))
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.problems.group_lasso_data import Regressions


class GroupDerivatives(NamedTuple):
    """The derivatives of B numbers, one per task, with respect to what their groups are."""

    squares: Tensor  # (B, P, L) with respect to Q
    strength: Tensor  # (B,) with respect to lambda


@dataclass(frozen=True)
class RidgeTasks:
    """B regressions with a ridge and a linear term: w = (X'X / N + eta I)^-1 b.

    Source: Relax and penalize, (8), with 1/N on the data term as in its public code.
    """

    designs: Tensor  # (B, N, P) X
    whitened: Tensor  # (B, N, P) C^-1 X / sqrt(eta) with C C' = X X' + N eta I
    correlations: Tensor  # (B, P) X'y / N
    ridge: float  # eta

    @classmethod
    def of(cls, data: Regressions, ridge: float) -> "RidgeTasks":
        """Return the tasks of data; a ridge of 0 or less, or entries not finite: ValueError."""
        if not ridge > 0:
            raise ValueError(f"a ridge of {ridge} leaves many solutions; give more than 0")
        if not all(part.isfinite().all() for part in data):
            raise ValueError("regressions need finite designs and responses")
        designs, responses = data
        num_rows = designs.shape[1]
        gram = designs @ designs.mT
        gram.diagonal(dim1=1, dim2=2).add_(num_rows * ridge)
        factor = torch.linalg.cholesky(gram)
        whitened = torch.linalg.solve_triangular(factor, designs, upper=False) / ridge**0.5
        return cls(designs, whitened, apply(responses, designs) / num_rows, ridge)

    def at(self, terms: Tensor) -> "RidgeTasks":
        """Return some of the tasks, by their indices (b,)."""
        parts = (self.designs[terms], self.whitened[terms], self.correlations[terms])
        return RidgeTasks(*parts, self.ridge)

    def solve(self, right: Tensor) -> Tensor:
        """Return (X'X / N + eta I)^-1 b for b (B, P), by the identity of Woodbury."""
        inner = torch.bmm(right[:, None], self.whitened.mT)
        both = torch.baddbmm(right[:, None], inner, self.whitened, beta=1 / self.ridge, alpha=-1)
        return both[:, 0]


class Shrinkage(NamedTuple):
    """What r is at z: r(z) = z . weights."""

    inverse: Tensor  # (B, L) d
    weights: Tensor  # (B, P) lambda Q d


class Slope(NamedTuple):
    """The derivative J of r with respect to z times a vector p, and its factors."""

    value: Tensor  # (B, P) J p; J is symmetric
    product: Tensor  # (B, P) z . p
    sums: Tensor  # (B, L) Q'(z . p)
    cubes: Tensor  # (B, L) d^3 . sums


@dataclass(frozen=True)
class Groups:
    """The groups that B tasks see: one structure for all of them, or one each.

    A strength that is not above 0 is refused with ValueError.
    """

    squares: Tensor  # (P, L) or (B, P, L): Q
    strong: Tensor  # (P, L) or (B, P, L): lambda Q
    strength: Tensor  # (1, 1) or (B, 1): lambda

    @classmethod
    def of(cls, theta: Tensor, strength: Tensor) -> "Groups":
        """Return the groups of theta (P, L) or (B, P, L) at lambda (1, 1) or (B, 1)."""
        if not (strength > 0).all():
            raise ValueError(f"the strength lambda must be above 0, not {strength.min():g}")
        squares = theta.square()
        shape = strength if squares.dim() == 2 else strength[:, :, None]
        return cls(squares, shape * squares, strength)

    def shrinkage(self, z: Tensor) -> Shrinkage:
        """Return what r is at z (B, P)."""
        inverse = apply(z * z, self.squares).add_(1).rsqrt_()
        return Shrinkage(inverse, apply(inverse, self.strong.mT))

    def slope(self, z: Tensor, here: Shrinkage, p: Tensor) -> Slope:
        """Return J p = lambda [p . (Q d) - z . (Q (d^3 . Q'(z . p)))] for p (B, P)."""
        product = z * p
        sums = apply(product, self.squares)
        # products: a power takes as long as a matrix product here
        cubes = here.inverse * here.inverse * here.inverse * sums
        turned = apply(cubes, self.strong.mT)
        return Slope(torch.addcmul(p * here.weights, z, turned, value=-1), product, sums, cubes)

    def derivatives(self, path: list[tuple[Tensor, Shrinkage, Slope]]) -> GroupDerivatives:
        """Return the derivatives of -sum_i <p_i, r(z_i)> with all z_i (B, P) and p_i (B, P) fixed.

            dQ = lambda sum_i [z_i^2 (d_i^3 . Q'(z_i . p_i))' / 2 - (z_i . p_i) d_i'],
            dlambda = -sum_i <Q'(z_i . p_i), d_i>

        ``path`` holds z_i, its shrinkage and the slope there along p_i.
        """
        left = [slope.product for _, _, slope in path] + [z.square() for z, _, _ in path]
        right = [-here.inverse for _, here, _ in path] + [slope.cubes / 2 for *_, slope in path]
        squares = torch.einsum("ibp,ibl->bpl", torch.stack(left), torch.stack(right))
        parts = ((slope.sums * here.inverse).sum(dim=1) for _, here, slope in path)
        strength = -sum(parts, start=self.strength.new_zeros(()))
        return GroupDerivatives(self.strength[:, :, None] * squares, strength)


def apply(vectors: Tensor, matrices: Tensor) -> Tensor:
    """Return v'A, (B, n), for v (B, m) and A (m, n) or (B, m, n)."""
    if matrices.dim() == 2:
        return vectors @ matrices
    return torch.bmm(vectors[:, None], matrices)[:, 0]
