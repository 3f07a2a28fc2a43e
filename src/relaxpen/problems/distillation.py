"""Data distillation: which few training samples make the best ridge regression?"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.problems.regression import (
    RegressionSamples,
    half_mean_square,
    residuals,
    side_by_side,
)
from relaxpen.problems.weighted_ridge import RidgeFit, weighted_ridge


class GradientTerms(NamedTuple):
    """The two parts of dJ/dv_j, for each training sample: v_j moves W, and it moves the means."""

    through_slopes: Tensor  # (m,)
    through_means: Tensor  # (m,)


class DataDistillation:
    """The bilevel problem with an exact lower level, over n validation and m training samples

        min_v J(v) = (1/2n) sum_i |W(v) x_i + b(v) - y_i|^2
        (W, b)(v) = argmin (1/m) sum_i v_i |W x_i + b - y_i|^2 + s |W|^2

    Parameters are [W, b], (e, d + 1); everything is float64. As the solution is exact, starts make no
    difference and one solve counts as one step. With ``batch_size`` k a gradient has k entries drawn
    without replacement, each of them exact, and is 0 elsewhere: k/m of the gradient on average.
    Raises ValueError if samples are not finite or do not fit each other, and if there is no ridge and
    the training samples do not determine W.
    Source: Relax and penalize, (12); (11) would penalise b too, (13) subtracts it: with either, (14)
    is not the solution (docs/deviations.md).
    """

    def __init__(
        self,
        train: RegressionSamples,
        validation: RegressionSamples,
        ridge: float,
        batch_size: int | None = None,
    ) -> None:
        if not 0 <= ridge < math.inf:
            raise ValueError(f"the ridge must be a finite number of at least 0; got {ridge}")
        self._train = side_by_side(train, "training")
        self._validation = side_by_side(validation, "validation")
        widths = [(each.features.shape[1], each.targets.shape[1]) for each in (train, validation)]
        if widths[0] != widths[1]:
            raise ValueError(
                "training and validation samples need the same numbers of features and targets; "
                f"got {widths[0]} and {widths[1]}"
            )
        self._num_features, self._num_targets = widths[0]
        self._ridge = ridge
        self._batch_size = batch_size
        if ridge == 0:  # if not even all samples determine W, no weights will
            self.fit(torch.ones(self.num_hyper, dtype=torch.float64))

    @property
    def num_hyper(self) -> int:
        """p = m, one weight per training sample."""
        return len(self._train)

    @property
    def num_lower_steps(self) -> int:
        """1: the solution is exact."""
        return 1

    def initial_params(self) -> Tensor:
        """Return [W, b] = 0, (e, d + 1)."""
        return self._train.new_zeros(self._num_targets, self._num_features + 1)

    def draw_batches(self, generator: Generator) -> Tensor | None:
        """Return the samples (1, k) whose entries of the gradient are asked for, or None for all."""
        if self._batch_size is None:
            return None
        return torch.randperm(self.num_hyper, generator=generator)[None, : self._batch_size]

    def fit(self, weights: Tensor) -> RidgeFit:
        """Return the exact solution of the lower level for weights v (m,), see ``weighted_ridge``."""
        return weighted_ridge(self._train, self._num_features, weights, self._ridge)

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return J and [W, b] for each row of weights (batch, m)."""
        del start, batches
        params = torch.stack([self.fit(theta).params for theta in thetas])
        return Evaluation(torch.stack([self._value(each) for each in params]), params)

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        """Return the validation loss of params (e, d + 1), once per row of thetas, (batch,) float64.

        The upper objective has no theta in it: all entries are equal.
        """
        return self._value(params).expand(len(thetas))

    def hypergradient(
        self, theta: Tensor, start: Tensor, batches: Tensor | None = None
    ) -> Hypergradient:
        """Return dJ/dv (m,) at weights theta (m,); with batches (1, k) the entries of these, else 0."""
        del start
        fit = self.fit(theta)
        terms = self.gradient_terms(fit)
        gradient = terms.through_slopes + terms.through_means
        if batches is not None:
            chosen = torch.zeros_like(gradient)
            chosen[batches[0]] = gradient[batches[0]]
            gradient = chosen
        return Hypergradient(gradient.to(theta), self._value(fit.params).item(), fit.params)

    def gradient_terms(self, fit: RidgeFit) -> GradientTerms:
        """Return the parts of dJ/dv_j for all m samples, O((m + n) d) once the solution is there:

            dJ/dv_j = (1/m) <q' (x_j - xbar_v), f_j> + (1/V) <rbar, f_j>
            q = B^-1 (1/n) sum_i (x_i - xbar_v) r_i',     f_j = y_j - W x_j - b

        r_i = W x_i + b - y_i are the validation residuals and rbar is their mean.
        Source: Relax and penalize, (24) to (30), corrected: dW/dv_j = (1/m) f_j (x_j - xbar_v)' B^-1
        (docs/deviations.md).
        """
        d, mean = self._num_features, fit.mean
        upper = residuals(fit.params, self._validation)
        covariance = (self._validation[:, :d] - mean).T @ upper / len(upper)
        pull = torch.linalg.solve(fit.normal, covariance)
        errors = -residuals(fit.params, self._train)
        pulled = self._train[:, :d] @ pull - mean @ pull
        return GradientTerms(
            through_slopes=(pulled * errors).sum(dim=1) / self.num_hyper,
            through_means=errors @ upper.mean(dim=0) / fit.mass,
        )

    def _value(self, params: Tensor) -> Tensor:
        return half_mean_square(residuals(params, self._validation))
