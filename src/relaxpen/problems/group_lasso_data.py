"""Regression tasks whose coefficients share one structure of groups."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

NOISE = 0.2


class Regressions(NamedTuple):
    """T regression problems of the same size."""

    designs: Tensor  # (T, N, P), columns of norm 1
    responses: Tensor  # (T, N)


class Truth(NamedTuple):
    """What tasks are drawn from."""

    coefficients: Tensor  # (T, P) w*, zero outside of one group per task
    groups: Tensor  # (P, L) theta*, binary, one 1 per row


class GroupLassoData(NamedTuple):
    """Three independent samples of the same tasks, and what they were drawn from."""

    train: Regressions
    validation: Regressions
    test: Regressions
    coefficients: Tensor  # (T, P) w*
    groups: Tensor  # (P, L) theta*


@dataclass(frozen=True)
class GroupLassoSource:
    """Synthetic tasks y_t = X_t w*_t + noise, each with one active group.

        theta*   features 0 .. P - 1 in L groups of neighbours, sizes by ``sizes``
        w*_t     in a group drawn uniformly; half of P entries U[a, 1], half U[-1, -a], in random order
        X_t      N(0, 1), its columns divided by their norms, for each of the three parts by itself
        noise    0.2 std(X_t w*_t) N(0, 1), or with "absolute" N(0, 0.2)

    ``sizes`` is "inequal": half of the groups of P / (2 L) features, half of 3 P / (2 L); or "random":
    the shares are a softmax of L normal numbers, rounded, the first group takes what is left, and a
    draw with an empty group is repeated. Unknown words, a outside of (0, 1], counts below 1 and sizes
    that "inequal" cannot split raise ValueError.
    Source: Relax and penalize, Section 5.1; relative noise as in its public code, absolute as in its
    text, whose 0.2 I is a variance.
    """

    smallest: float  # a
    sizes: Literal["inequal", "random"] = "inequal"
    noise: Literal["relative", "absolute"] = "relative"
    num_tasks: int = 500  # T
    num_rows: int = 20  # N, observations of a task in each part
    num_features: int = 100  # P
    num_groups: int = 10  # L

    def __post_init__(self) -> None:
        if not 0 < self.smallest <= 1:
            raise ValueError(f"coefficients from a = {self.smallest} to 1; give 0 < a <= 1")
        if self.noise not in ("relative", "absolute"):
            raise ValueError(f"unknown noise {self.noise!r}; give 'relative' or 'absolute'")
        if self.sizes not in ("inequal", "random"):
            raise ValueError(f"unknown sizes {self.sizes!r}; give 'inequal' or 'random'")
        if min(self.num_tasks, self.num_rows - 1, self.num_groups) < 1:
            raise ValueError("needs at least 1 task, 2 observations and 1 group")
        if self.num_features < self.num_groups:
            raise ValueError(f"{self.num_features} features cannot fill {self.num_groups} groups")

    def draw(self, generator: Generator) -> GroupLassoData:
        """Return the data, float64; a CPU generator in the same state gives the same data."""
        return self.observe(self.draw_truth(generator), generator)

    def draw_truth(self, generator: Generator) -> Truth:
        """Return groups and coefficients, float64."""
        sizes = group_sizes(self.sizes, self.num_features, self.num_groups, generator)
        names = torch.repeat_interleave(torch.arange(self.num_groups), sizes)
        groups = one_hot(names, self.num_groups).double()
        active = torch.randint(self.num_groups, (self.num_tasks,), generator=generator)
        coefficients = self._signed(generator) * groups.T[active]
        return Truth(coefficients, groups)

    def observe(self, truth: Truth, generator: Generator) -> GroupLassoData:
        """Return three independent samples of tasks, float64."""
        train, validation, test = (self._observe(truth.coefficients, generator) for _ in range(3))
        return GroupLassoData(train, validation, test, *truth)

    def _signed(self, generator: Generator) -> Tensor:
        """Return (T, P) numbers of [-1, -a] and [a, 1], as many of the one as of the other."""
        shape = (self.num_tasks, self.num_features)
        sizes = self.smallest + (1 - self.smallest) * _uniform(shape, generator)
        order = _uniform(shape, generator).argsort(dim=1)
        return torch.where(order < self.num_features // 2, -sizes, sizes)

    def _observe(self, coefficients: Tensor, generator: Generator) -> Regressions:
        shape = (self.num_tasks, self.num_rows, self.num_features)
        designs = _normal(shape, generator)
        designs /= designs.norm(dim=1, keepdim=True)
        means = (designs @ coefficients[:, :, None])[..., 0]
        noise = _normal(means.shape, generator)
        relative = self.noise == "relative"
        spread = NOISE * means.std(dim=1, keepdim=True) if relative else NOISE**0.5
        return Regressions(designs, means + spread * noise)


def group_sizes(sizes: str, num_features: int, num_groups: int, generator: Generator) -> Tensor:
    """Return the number of features of each group, (L,) int64, at least 1, with the sum P.

    See ``GroupLassoSource``. Raises ValueError if "inequal" cannot split P features into L groups.
    """
    if sizes == "inequal":
        small, rest = divmod(num_features, 2 * num_groups)
        if rest or num_groups % 2:
            raise ValueError(
                f"'inequal' needs an even number of groups and features a multiple of twice that, "
                f"not {num_groups} groups of {num_features} features"
            )
        half = num_groups // 2
        return torch.tensor([small] * half + [3 * small] * half)
    while True:
        shares = _normal((num_groups,), generator).softmax(dim=0)
        counts = (num_features * shares).round().long()
        counts[0] += num_features - counts.sum()
        if counts.min() >= 1:
            return counts


def _normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=torch.float64)
