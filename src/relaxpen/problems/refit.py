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
# p (1 - p) of a typical sample under a trained model. Any other value costs time and nothing else.
CURVATURE = 0.05
TINY = 1e-12  # without samples and ridge there would be nothing to factorise


class Fit(NamedTuple):
    """A minimiser and the evidence that it is one."""

    params: Tensor  # (classes, d) float64
    max_gradient: float  # largest entry of |gradient| at params
    converged: bool  # max_gradient is within the tolerance
    num_gradients: int  # of the objective, that it took


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
    0 are left out, and if none is left the answer is w = 0. Uses SciPy's L-BFGS-B, in variables in
    which the objective is about round.
    """
    used = samples.select(weights)
    columns = (used.features != 0).any(dim=0)
    objective = _Objective(
        used.features[:, columns].double().contiguous(),
        one_hot_rows(used.labels, num_classes, torch.float64),
        weights[weights != 0].double(),
        ridge,
    )
    first = torch.zeros(num_classes, len(columns)) if start is None else start
    near, count = objective.minimise(first[:, columns].to(objective.features), tolerance)
    params = near.params.new_zeros(num_classes, len(columns))
    params[:, columns] = near.params
    return Fit(params, near.max_gradient, near.max_gradient <= tolerance, count)


class _Point(NamedTuple):
    """Parameters and what is known there."""

    params: Tensor  # (classes, d)
    value: float
    gradient: Tensor  # (classes, d)

    @property
    def max_gradient(self) -> float:
        return self.gradient.abs().max().item() if self.gradient.numel() else 0.0


class _Objective(NamedTuple):
    """sum_i share_i CE_i(w) + ridge |w|^2."""

    features: Tensor  # (n, d) float64
    hot: Tensor  # (classes, n) float64
    share: Tensor  # (n,) float64
    ridge: float

    def at(self, params: Tensor) -> _Point:
        """Return the objective and its gradient at params (classes, d)."""
        logits = params @ self.features.T
        losses = torch.logsumexp(logits, dim=0) - (logits * self.hot).sum(dim=0)
        value = (self.share @ losses + self.ridge * params.square().sum()).item()
        contrast = contrasts(params)[:, None]
        gradient = weighted_gradient(contrast, self.share[None], self.features, self.hot)[:, 0]
        return _Point(params, value, gradient + 2 * self.ridge * params)

    def minimise(self, first: Tensor, tolerance: float) -> tuple[_Point, int]:
        """Return a point whose largest gradient entry is within the tolerance, or the last one seen.

        Beside it is the number of gradients that were computed.

        L-BFGS-B works on v with w = v A, A as in ``rounding``; the gradient that ends it is that in w.
        """
        back = self.rounding()
        found, count = [self.at(first)], [1]

        def in_round(flat: np.ndarray) -> tuple[float, np.ndarray]:
            count[0] += 1
            found[0] = self.at(torch.from_numpy(flat).view(first.shape).to(first) @ back)
            return found[0].value, (found[0].gradient @ back.T).cpu().numpy().ravel()

        def stop(_: np.ndarray) -> None:
            if found[0].max_gradient <= tolerance:
                raise StopIteration

        options = {"maxiter": MAX_ITERATIONS, "gtol": 0.0, "ftol": 0.0, "maxcor": 20}
        begin = torch.linalg.solve_triangular(back, first, upper=False, left=False)
        begin = begin.cpu().numpy().ravel()
        if found[0].max_gradient > tolerance:
            minimize(in_round, begin, jac=True, method="L-BFGS-B", callback=stop, options=options)
        return found[0], count[0]

    def rounding(self) -> Tensor:
        """Return A (d, d), lower triangular, with A' A the inverse of k X' diag(share) X + 2 ridge I.

        That is about the Hessian for one class, k being CURVATURE: v = w A^-1 sees it as the identity.
        """
        rows = self.features.float()
        hessian = CURVATURE * ((rows.T * self.share.float()) @ rows).double()
        smallest = 2 * self.ridge + 1e-6 * hessian.diagonal().mean().nan_to_num() + TINY
        hessian.diagonal().add_(smallest)
        factor = torch.linalg.cholesky(hessian)
        eye = torch.eye(len(hessian), dtype=hessian.dtype, device=hessian.device)
        inverse: Tensor = torch.linalg.solve_triangular(factor, eye, upper=False)
        return inverse


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
