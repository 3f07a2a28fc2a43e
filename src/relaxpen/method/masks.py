"""Masks: how far from binary one is, and the ways to make it binary."""

import torch
from torch import Tensor


def fractionality(theta: Tensor) -> float:
    """Return max_i min(theta_i, 1 - theta_i), the distance of theta (p,) to {0,1}^p in the max norm.

    0 is binary, 1/2 is as far as can be. Source: Relax and penalize, Section 3, dist_inf.
    """
    return torch.minimum(theta, 1 - theta).max().item()


def round_at_half(theta: Tensor) -> Tensor:
    """Return the nearest vertex of the box, (p,); an entry of exactly 1/2 becomes 1 (kept)."""
    return (theta >= 0.5).to(theta.dtype)


def round_to_budget(theta: Tensor) -> Tensor:
    """Return the mask (p,) of the tau largest entries, tau = the relaxed mass sum_i theta_i, rounded.

    Ties are broken by position, the first kept, so that equal input gives equal output.
    """
    budget = round(theta.sum().item())
    order = torch.argsort(theta, descending=True, stable=True)
    mask = torch.zeros_like(theta)
    mask[order[:budget]] = 1
    return mask
