"""How well an estimate of a gradient agrees with the exact one."""

from typing import NamedTuple

from torch import Tensor


class Agreement(NamedTuple):
    """An estimate g of a gradient e, both (p,); none of the three has a unit."""

    cosine: float  # <g, e> / (|g| |e|), nan where one of them is zero
    sign_agreement: float  # share of the entries that have the same sign in both
    norm_ratio: float  # |g| / |e|


def agreement(estimate: Tensor, exact: Tensor) -> Agreement:
    """Return how an estimate (p,) of a gradient agrees with the gradient (p,) itself."""
    ratio = estimate.norm() / exact.norm()
    cosine = (estimate @ exact) / (estimate.norm() * exact.norm())
    same = (estimate.sign() == exact.sign()).double().mean()
    return Agreement(cosine.item(), same.item(), ratio.item())
