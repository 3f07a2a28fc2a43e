"""How far two computations of one number may be apart, whatever the processor: bounds of rounding.

A sum of n terms has an error of at most gamma_(n-1) sum |terms| in any order, a product of which the
terms are products of two numbers one of gamma_n |a| |b|, fused or not: Higham (2002), Accuracy and
Stability of Numerical Algorithms, (3.5) and Section 4.2. Two machines are apart by twice that.
"""

import torch
from torch import Tensor


def gamma(num_operations: int, dtype: torch.dtype = torch.float64) -> float:
    """Return n u / (1 - n u), u = eps / 2: the relative error of n operations in a row."""
    share = num_operations * torch.finfo(dtype).eps / 2
    return share / (1 - share)


def apart(a: Tensor, b: Tensor) -> Tensor:
    """Return the bound on the distance of two computations of a @ b, in the shape of a @ b."""
    return 2 * gamma(a.shape[-1], a.dtype) * (a.abs() @ b.abs())
