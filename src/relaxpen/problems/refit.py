"""Training a linear model from zero to convergence, the same for every method."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from relaxpen.problems.samples import Samples
from relaxpen.problems.softmax import (
    contrasts,
    mean_cross_entropy,
    one_hot_rows,
    weighted_gradient,
)

GRADIENT_TOLERANCE = 1e-6
MAX_ITERATIONS = 5000


class Fit(NamedTuple):
    """A minimiser and the evidence that it is one."""

    params: Tensor  # (classes, d) float64
    max_gradient: float  # largest entry of |gradient| at params
    converged: bool  # max_gradient is within the tolerance


def fit(
    samples: Samples,
    weights: Tensor,
    ridge: float,
    num_classes: int,
    start: Tensor | None = None,
    tolerance: float = GRADIENT_TOLERANCE,
) -> Fit:
    """Minimise sum_i weights_i CE_i(w) + ridge |w|^2, in float64 on the device of samples.

    The objective is strongly convex: a small gradient certifies the minimiser, and ``start``
    (classes, d), by default 0, only saves time. ``weights`` (n,) are not negative; samples of weight
    0 are left out, and if none is left the answer is w = 0. Uses SciPy's L-BFGS-B.
    """
    used = samples.select(weights)
    columns = (used.features != 0).any(dim=0)
    features = used.features[:, columns].double().contiguous()
    hot = one_hot_rows(used.labels, num_classes, torch.float64)
    share = weights[weights != 0].double()
    shape = (num_classes, features.shape[1])

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        params = torch.from_numpy(flat).view(shape).to(features.device)
        logits = params @ features.T
        losses = torch.logsumexp(logits, dim=0) - (logits * hot).sum(dim=0)
        value = (share @ losses + ridge * params.square().sum()).item()
        contrast = contrasts(params)[:, None]
        gradient = weighted_gradient(contrast, share[None], features, hot)[:, 0]
        return value, (gradient + 2 * ridge * params).cpu().numpy().ravel()

    options = {"maxiter": MAX_ITERATIONS, "gtol": tolerance, "ftol": 0.0, "maxcor": 20}
    first = np.zeros(shape) if start is None else start[:, columns].cpu().numpy()
    answer = minimize(objective, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    params = torch.zeros(num_classes, len(columns), dtype=torch.float64, device=features.device)
    params[:, columns] = torch.from_numpy(answer.x).view(shape).to(features.device)
    max_gradient = float(np.abs(answer.jac).max(initial=0.0))
    return Fit(params, max_gradient, max_gradient <= tolerance)


def fit_on(samples: Samples, ridge: float, num_classes: int) -> Fit:
    """Minimise (1/n) sum_i CE_i(w) + ridge |w|^2 over all the samples given: the final model."""
    num_samples = len(samples.labels)
    weights = samples.labels.new_full((num_samples,), 1 / max(1, num_samples), dtype=torch.float64)
    return fit(samples, weights, ridge, num_classes)


def lower_solution(
    theta: Tensor,
    train: Samples,
    ridge: float,
    num_classes: int,
    start: Tensor | None = None,
    tolerance: float = GRADIENT_TOLERANCE,
) -> Tensor:
    """Return w(theta) (classes, d) = argmin_w (1/n) sum_i theta_i CE_i(w) + ridge |w|^2, theta (n,)."""
    return fit(train, theta.double() / len(theta), ridge, num_classes, start, tolerance).params


def value_function(params: Tensor, validation: Samples) -> float:
    """Return F(w(theta)), the upper objective at an exact lower-level solution (classes, d), in nats."""
    clean = Samples(validation.features.double(), validation.labels)
    return mean_cross_entropy(contrasts(params)[:, None], clean).item()
