"""The box with a budget, {v in [0, 1]^m, sum_i v_i = tau}: its nearest point, its best vertex."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class BudgetedBox:
    """The set {v in [0, 1]^m, sum_i v_i = tau}, as an oracle and as a projection.

    tau may be fractional. Raises ValueError if no v sums to tau, at once; and for a point that has
    not m finite entries.
    """

    num_entries: int  # m
    budget: float  # tau in [0, m], the sum of the entries

    def __post_init__(self) -> None:
        if not 0 <= self.budget <= self.num_entries:
            raise ValueError(
                f"no v in [0, 1]^{self.num_entries} has the sum {self.budget}; the budget must be "
                f"between 0 and {self.num_entries}"
            )

    def minimize(self, direction: Tensor) -> Tensor:
        """Return argmin_v <v, direction> over the set, (m,), for a direction (m,).

        The floor(tau) smallest entries get 1 and the next one tau - floor(tau), so that v is binary
        where tau is an integer. Ties are broken by position, the first chosen.
        """
        order = torch.argsort(self._checked(direction), stable=True)
        whole = math.floor(self.budget)
        vertex = torch.zeros_like(direction)
        vertex[order[:whole]] = 1
        if whole < self.budget:
            vertex[order[whole]] = self.budget - whole
        return vertex

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest point of the set in the Euclidean norm, (m,), for a point (m,).

            v_i = clip(u_i - t, 0, 1),   t the root of sum_i clip(u_i - t, 0, 1) = tau

        The sum is decreasing in t, and linear between the sorted breakpoints {u_i, u_i - 1}: the
        two around the root are found by bisection, the root is then explicit. O(m log m).
        Source: Kiwiel (2008), the continuous quadratic knapsack problem.
        """
        offsets = self._offsets(self._checked(point.double()))
        below, above = self._bracket(offsets)
        full = offsets - 1 >= above  # v_i = 1 for every t between the two
        active = ~full & (offsets - 1 <= below) & (offsets >= above)  # 0 <= v_i <= 1
        level = below
        if active.any():  # else the sum is constant between the two: any t there gives the same v
            surplus = offsets[active].sum() + full.sum() - self.budget
            level = (surplus / active.sum()).clamp(below, above)
        return torch.where(full, 1.0, (offsets - level).clamp(0, 1)).to(point)

    def _checked(self, point: Tensor) -> Tensor:
        if point.shape != (self.num_entries,) or not point.isfinite().all():
            raise ValueError(
                f"the budgeted box needs {self.num_entries} finite entries; got shape "
                f"{tuple(point.shape)} with {int((~point.isfinite()).sum())} not finite"
            )
        return point

    def _offsets(self, point: Tensor) -> Tensor:
        """Return u_i - c, cut off at -1 and 1, (m,), with c the ceil(tau)-th largest entry.

        The same projection, as the root of u - c lies in [-1, 0], but no precision is lost however
        large u is: at t = c at most ceil(tau) - 1 entries are above 0, at c - 1 ceil(tau) are 1.
        """
        rank = max(1, math.ceil(self.budget))
        pivot = torch.kthvalue(point, self.num_entries - rank + 1).values
        return (point - pivot).clamp(-1, 1)

    def _bracket(self, offsets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the neighbouring breakpoints between which the sum passes tau."""
        breakpoints = torch.cat([offsets, offsets - 1]).sort().values
        # the sum is m at the first and 0 at the last
        first, last = 0, len(breakpoints) - 1
        while last - first > 1:
            middle = (first + last) // 2
            if (offsets - breakpoints[middle]).clamp(0, 1).sum() >= self.budget:
                first = middle
            else:
                last = middle
        return breakpoints[first], breakpoints[last]
