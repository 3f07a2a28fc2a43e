"""Data hyper-cleaning for estimators that use the loss of each sample."""

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.problems.hypercleaning import HyperCleaning
from relaxpen.problems.softmax import contrasts, from_contrasts, weighted_gradient


class PulledCleaning(HyperCleaning):
    """Data hyper-cleaning whose lower level can be pulled towards the upper objective F.

    Minibatches are of both levels, (2, T, b): training samples first, then validation samples.
    """

    @property
    def num_upper_samples(self) -> int:
        """The number of validation samples."""
        return len(self._validation.labels)

    def draw_batches(self, generator: Generator) -> Tensor | None:
        """Return (2, T, b) sample indices, drawn with replacement, or None."""
        size = self.lower.batch_size
        if size is None:
            return None
        counts = (self.num_hyper, self.num_upper_samples)
        shape = (self.lower.num_steps, size)
        draws = [torch.randint(count, shape, generator=generator) for count in counts]
        return torch.stack(draws).to(self._features.device)

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return F and w_T for each row of thetas (batch, p), as the problem without a pull does."""
        return super().evaluate(thetas, start, _of_lower(batches))

    def hypergradient(
        self, theta: Tensor, start: Tensor, batches: Tensor | None = None
    ) -> Hypergradient:
        """Return dF/dtheta (p,), as the problem without a pull does."""
        return super().hypergradient(theta, start, _of_lower(batches))

    def solve_pulled(
        self, theta: Tensor, strengths: Tensor, start: Tensor, batches: Tensor | None
    ) -> Tensor:
        """Return w_T (k, classes, d) for each s in strengths (k,), from start (classes, d).

            w_{t+1} = w_t - eta [(1/n) sum_i theta_i grad CE_i + 2 c w_t + s grad F],   t < T

        F is computed only where s is not 0. With batches both means are over those of step t.
        """
        weights = self._weights(theta[None])
        strengths = strengths.to(self._features)
        pulled = strengths != 0
        contrast = contrasts(start.to(self._features))[:, None].repeat(1, len(strengths), 1)
        for step in range(self.lower.num_steps):
            features, hot, rows = self._lower_data(weights, _of_lower(batches), step)
            rows = rows.expand(len(strengths), -1)
            gradient = contrasts(weighted_gradient(contrast, rows, features, hot))
            if bool(pulled.any()):
                above = self._pull(contrast[:, pulled], strengths[pulled], batches, step)
                gradient[:, pulled] += contrasts(above)
            contrast = self._shrink * contrast - self.lower.step_size * gradient
        shrunk = torch.tensor(self._shrink, dtype=torch.float64) ** self.lower.num_steps
        mean = (shrunk.to(start) * start.mean(dim=0)).to(self._features)
        return from_contrasts(contrast, mean).movedim(1, 0)

    def sample_losses(self, params: Tensor) -> Tensor:
        """Return the cross-entropy of each training sample, (k, n) float64, at params (k, classes, d)."""
        flat = params.to(self._features).flatten(0, 1)
        logits = (flat @ self._features.T).unflatten(0, params.shape[:2])
        largest = logits.amax(dim=1, keepdim=True)
        chosen = (logits * self._hot).sum(dim=1)
        spread = (logits - largest).exp_().sum(dim=1).log_()
        return (spread + largest[:, 0] - chosen).double()

    def _pull(
        self, contrast: Tensor, strengths: Tensor, batches: Tensor | None, step: int
    ) -> Tensor:
        """Return s grad F (classes, k, d) at contrasts (classes - 1, k, d), s = strengths (k,)."""
        rows = slice(None) if batches is None else batches[1, step]
        features, hot = self._validation.features[rows], self._validation_hot[:, rows]
        share = (strengths / len(features))[:, None].expand(-1, len(features))
        return weighted_gradient(contrast, share, features, hot)


def _of_lower(batches: Tensor | None) -> Tensor | None:
    return None if batches is None else batches[0]
