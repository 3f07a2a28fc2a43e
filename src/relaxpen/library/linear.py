"""The library's own lower level: softmax regression on standardised features."""

from typing import NamedTuple

import numpy as np
import torch

from relaxpen.library.search import Cleaned, Search
from relaxpen.library.task import Task
from relaxpen.method.value_difference import ValueDifference
from relaxpen.problems.filters import disagreement
from relaxpen.problems.hypercleaning import LowerLevel
from relaxpen.problems.pulled import PulledCleaning
from relaxpen.problems.refit import fit_on
from relaxpen.problems.samples import Samples, with_bias

# A column whose standard deviation is below this share of its largest magnitude is constant: what
# varies there is a few thousand units in the last place of a float64, the rounding of whatever
# computed the column, and scaling it to variance 1 would make noise of 1e12 times its size.
CONSTANT = 1e-12
# Standard deviations. Beyond, x^2 + 1 is x^2 in float64, and the bias has no part in a curvature.
FARTHEST = 2.0**26.5


class Standardised(NamedTuple):
    """Features of mean 0 and variance 1 and a bias; constant columns become 0."""

    unit: np.ndarray  # (d,) largest magnitude of each column
    first: np.ndarray  # (d,) a sample, in units
    mean: np.ndarray  # (d,) of what is left without it
    scale: np.ndarray  # (d,) 1 / standard deviation in units, 0 for constant columns

    @classmethod
    def of(cls, X: np.ndarray) -> "Standardised":  # noqa: N803
        """Return the standardisation of X (n, d)."""
        X = X.astype(np.float64)
        largest = np.abs(X).max(axis=0)
        unit = np.where(largest > 0, largest, 1.0)  # squares in units neither overflow nor vanish
        # without its first entry a constant column is 0 exactly: the sum of it would be rounded
        first = X[0] / unit
        rest = X / unit - first
        spread = rest.std(axis=0)
        varies = spread > CONSTANT
        scale = np.where(varies, 1 / np.where(varies, spread, 1.0), 0.0)
        # units of a constant column could make other samples infinite, and infinity times 0 is nan
        return cls(np.where(varies, unit, 1.0), first, rest.mean(axis=0), scale)

    def check(self, name: str, X: np.ndarray) -> None:  # noqa: N803
        """Raise ValueError if X (n, d) lies so far from what was standardised that no model can be."""
        with np.errstate(over="ignore", invalid="ignore"):
            rest = (X.astype(np.float64) / self.unit - self.first - self.mean) * self.scale
            distances = np.abs(rest).max(axis=0, initial=0.0)
        far = np.flatnonzero(~(distances <= FARTHEST))
        if len(far):
            raise ValueError(
                f"{name} has values {distances[far[0]]:.2g} standard deviations of X away from its mean, "
                f"in column {far[0]}; expected features on the scale of X"
            )

    def features(self, X: np.ndarray) -> torch.Tensor:  # noqa: N803
        """Return features (n, d + 1) float64 of X (n, d)."""
        rest = X.astype(np.float64) / self.unit - self.first - self.mean
        return with_bias(torch.from_numpy(rest * self.scale))


class Linear(NamedTuple):
    """Softmax regression with a squared-norm penalty, cleaned for by the value difference."""

    ridge: float  # c of c |w|^2
    strength: float  # s, how hard the lower level is pulled towards the validation loss
    num_lower_steps: int

    def clean(
        self, task: Task, scaling: Standardised, start: np.ndarray, search: Search, seed: int
    ) -> Cleaned:
        """Return what the search from the mask ``start`` (m,) finds."""
        train, validation = _samples(task, scaling)
        # the curvature of cross-entropy is at most half of |x|^2, on average over samples
        largest = torch.linalg.matrix_norm(train.features, 2).item() ** 2 / len(task.labels)
        step = 1 / (0.5 * largest + 2 * self.ridge + self.strength)
        lower = LowerLevel(self.num_lower_steps, step, self.ridge, None, clip=False)
        problem = PulledCleaning(train, validation, task.num_classes, lower)
        return search.run(problem, ValueDifference(self.strength), start, (seed, seed + 1))


def fit_linear(
    features: torch.Tensor, labels: np.ndarray, ridge: float, num_classes: int
) -> torch.Tensor:
    """Return the parameters (classes, d + 1), trained to convergence on all samples given."""
    return fit_on(Samples(features, torch.from_numpy(labels)), ridge, num_classes).params


def disagreement_of_linear(task: Task, scaling: Standardised, ridge: float) -> np.ndarray:
    """Return the log-odds (m,) that a model of the clean samples alone gives each label."""
    train, validation = _samples(task, scaling)
    return disagreement(train, validation, ridge, task.num_classes, 0.0).scores.numpy()


def _samples(task: Task, scaling: Standardised) -> tuple[Samples, Samples]:
    """Return the noisy and the clean samples of a task."""
    train = Samples(scaling.features(task.X), torch.from_numpy(task.labels))
    return train, Samples(scaling.features(task.X_val), torch.from_numpy(task.clean))
