"""Data hyper-cleaning with a linear model: which training labels should be kept?"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.problems.samples import Samples
from relaxpen.problems.softmax import (
    contrasts,
    from_contrasts,
    mean_cross_entropy,
    one_hot_rows,
    weighted_gradient,
)


@dataclass(frozen=True)
class LowerLevel:
    """T gradient steps on f(theta, w) = (1/n) sum_i theta_i CE_i(w) + c |w|^2.

    Source: thesis, Section 4.1; the mean, c and |w|^2 over all weights follow BOME
    (docs/deviations.md).
    """

    num_steps: int  # T
    step_size: float  # eta
    ridge: float  # c, per squared unit of w
    batch_size: int | None  # samples per step; None: all of them
    clip: bool  # the weights are clip(theta, 0, 1) instead of theta


class HyperCleaning:
    """The bilevel problem min_theta CE_val(w_T(theta)), w_T = T lower-level steps from a given start.

    Only the feature columns that are not zero on the whole training set are used: the weights of
    the others stay exactly at their initial zero. Parameters are (classes, number of such columns).
    Source: thesis, Section 4.1.
    """

    def __init__(
        self, train: Samples, validation: Samples, num_classes: int, lower: LowerLevel
    ) -> None:
        self.columns = (train.features != 0).any(dim=0)
        self.lower = lower
        self._features = train.features[:, self.columns].contiguous()
        self._hot = one_hot_rows(train.labels, num_classes, train.features.dtype)
        self._validation = self.restrict(validation)
        self._validation_hot = one_hot_rows(validation.labels, num_classes, train.features.dtype)

    @property
    def num_hyper(self) -> int:
        """p = n, one mask entry per training sample."""
        return len(self._features)

    @property
    def num_lower_steps(self) -> int:
        """T."""
        return self.lower.num_steps

    def restrict(self, samples: Samples) -> Samples:
        """Return samples with the columns this problem uses."""
        return Samples(samples.features[:, self.columns].contiguous(), samples.labels)

    def initial_params(self) -> Tensor:
        """Return w = 0, (classes, d)."""
        return self._features.new_zeros(len(self._hot), self._features.shape[1])

    def draw_batches(self, generator: Generator) -> Tensor | None:
        """Return (T, batch size) sample indices without replacement within a step, or None."""
        if self.lower.batch_size is None:
            return None
        draws = [
            torch.randperm(self.num_hyper, generator=generator)[: self.lower.batch_size]
            for _ in range(self.lower.num_steps)
        ]
        return torch.stack(draws).to(self._features.device)

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return clean validation CE and w_T for each row of thetas (batch, p), from start (classes, d).

            w_{t+1} = w_t - eta [(1/n) sum_i theta_i grad CE_i(w_t) + 2 c w_t],  t < T

        All rows are solved at once. With batches (T, b) step t uses the samples batches[t] alone and
        1/b instead of 1/n.
        """
        weights = self._weights(thetas)
        start = start.to(self._features)
        contrast = contrasts(start)[:, None]
        for step in range(self.lower.num_steps):
            features, hot, share = self._lower_data(weights, batches, step)
            gradient = weighted_gradient(contrast, share, features, hot)
            contrast = self._shrink * contrast - self.lower.step_size * contrasts(gradient)
        values = mean_cross_entropy(contrast, self._validation)
        # Gradients have mean zero over classes, so the mean only shrinks. A tensor's power: a
        # diverging step size overflows to inf instead of raising.
        shrunk = torch.tensor(self._shrink, dtype=torch.float64) ** self.lower.num_steps
        mean = shrunk.to(start) * start.mean(dim=0)
        return Evaluation(values, from_contrasts(contrast, mean).movedim(1, 0))

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        """Return clean validation CE of params (classes, d), once per row of thetas, (batch,) float64.

        The upper objective has no theta in it: all entries are equal.
        """
        contrast = contrasts(params)[:, None]
        return mean_cross_entropy(contrast, self._validation).expand(len(thetas))

    def hypergradient(
        self, theta: Tensor, start: Tensor, batches: Tensor | None = None
    ) -> Hypergradient:
        """Return dF/dtheta (p,) by reverse mode through the T steps, from start (classes, d).

            alpha_T = grad F(w_T)
            h_i    -= eta (1/n) <grad CE_i(w_t), alpha_{t+1}>
            alpha_t = alpha_{t+1} - eta [(1/n) sum_i theta_i hess CE_i(w_t) + 2 c] alpha_{t+1}

        ``clip`` changes nothing here: theta itself lies in the box.
        Source: Franceschi et al. (2017), reverse-mode hypergradient.
        """
        weights = self._weights(theta[None])
        trajectory = [start.to(self._features)]
        for step in range(self.lower.num_steps):
            features, hot, share = self._lower_data(weights, batches, step)
            contrast = contrasts(trajectory[-1])[:, None]
            gradient = weighted_gradient(contrast, share, features, hot)[:, 0]
            trajectory.append(self._shrink * trajectory[-1] - self.lower.step_size * gradient)
        params = trajectory[-1]
        total = torch.zeros_like(weights[0])
        adjoint = self._upper_gradient(params)
        for step in reversed(range(self.lower.num_steps)):
            slope, adjoint = self._pull_back(trajectory[step], adjoint, weights, batches, step)
            if batches is None:
                total += slope
            else:
                total.index_add_(0, batches[step], slope)  # a sample may be drawn twice in a step
        value = mean_cross_entropy(contrasts(params)[:, None], self._validation).item()
        return Hypergradient(total.to(theta), value, params)

    @property
    def _shrink(self) -> float:
        return 1 - 2 * self.lower.step_size * self.lower.ridge

    def _weights(self, thetas: Tensor) -> Tensor:
        weights = thetas.to(self._features)
        return weights.clamp(0, 1) if self.lower.clip else weights

    def _lower_data(
        self, weights: Tensor, batches: Tensor | None, step: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return features (n, d), indicator (classes, n) and weights / n (batch, n) of lower step t."""
        if batches is None:
            return self._features, self._hot, weights / self.num_hyper
        rows = batches[step]
        return self._features[rows], self._hot[:, rows], weights[:, rows] / len(rows)

    def _upper_gradient(self, params: Tensor) -> Tensor:
        features = self._validation.features
        weights = features.new_full((1, len(features)), 1 / len(features))
        contrast = contrasts(params)[:, None]
        return weighted_gradient(contrast, weights, features, self._validation_hot)[:, 0]

    def _pull_back(
        self, params: Tensor, adjoint: Tensor, weights: Tensor, batches: Tensor | None, step: int
    ) -> tuple[Tensor, Tensor]:
        """Return dF/dtheta through lower step t (n,) and the adjoint before it (classes, d)."""
        features, hot, share = self._lower_data(weights, batches, step)
        eta = self.lower.step_size
        probs = torch.softmax(params @ features.T, dim=0)
        tangent = adjoint @ features.T
        slope = -eta / len(features) * ((probs - hot) * tangent).sum(dim=0)
        curvature = probs * (tangent - (probs * tangent).sum(dim=0)) * share
        return slope, self._shrink * adjoint - eta * (curvature @ features)
