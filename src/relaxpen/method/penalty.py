"""The concave penalty that pushes a relaxed mask to the vertices of the box."""

from torch import Tensor


def value(theta: Tensor, epsilon: float) -> float:
    """Return (1/eps) sum_i theta_i (1 - theta_i) for theta (p,), in the unit of the upper objective.

    Source: thesis, equations (3.2) and (3.3).
    """
    return (theta * (1 - theta)).sum().item() / epsilon


def gradient(theta: Tensor, epsilon: float) -> Tensor:
    """Return (1 - 2 theta) / eps, (p,), the gradient of ``value``.

    ``epsilon`` may be ``math.inf``: no penalty. Source: thesis, equation (3.3), differentiated.
    """
    return (1 - 2 * theta) / epsilon


def gradient_as_printed(theta: Tensor, epsilon: float) -> Tensor:
    """Return (2/eps) theta (1 - theta), (p,), what the thesis prints in place of the gradient.

    It is never negative and vanishes at both vertices, so it can only push theta to 0.
    Source: thesis, Algorithm 3.2, "Estimate the gradient" (line 503 of the text).
    """
    return 2 * theta * (1 - theta) / epsilon
