"""Data hyper-cleaning for methods with derivatives: weights of any law, batches of any rows."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from relaxpen.method.first_order import Curvature, Gradients, Products
from relaxpen.problems.samples import Samples


class WeightLaw(Protocol):
    """How a hyperparameter x_i becomes the weight of a sample."""

    def weight(self, x: Tensor) -> Tensor:
        """Return the weights of x, in [0, 1]."""
        ...

    def slope(self, x: Tensor) -> Tensor:
        """Return the derivative of the weights with respect to x."""
        ...

    def project(self, x: Tensor) -> Tensor:
        """Return the nearest feasible x."""
        ...

    def position(self, weight: float) -> float:
        """Return the x of a weight in (0, 1)."""
        ...


@dataclass(frozen=True)
class Sigmoid:
    """weight = 1 / (1 + exp(-x)), x free."""

    def weight(self, x: Tensor) -> Tensor:
        """Return the weights of x."""
        return torch.sigmoid(x)

    def slope(self, x: Tensor) -> Tensor:
        """Return the derivative of the weights."""
        weight = torch.sigmoid(x)
        return weight * (1 - weight)

    def project(self, x: Tensor) -> Tensor:
        """Return x itself."""
        return x

    def position(self, weight: float) -> float:
        """Return log(weight / (1 - weight))."""
        return torch.logit(torch.tensor(weight, dtype=torch.float64)).item()


@dataclass(frozen=True)
class Clipped:
    """weight = x, x kept in [0, 1] by projection after every step."""

    def weight(self, x: Tensor) -> Tensor:
        """Return x."""
        return x

    def slope(self, x: Tensor) -> Tensor:
        """Return ones."""
        return torch.ones_like(x)

    def project(self, x: Tensor) -> Tensor:
        """Return x clipped to [0, 1]."""
        return x.clamp(0, 1)

    def position(self, weight: float) -> float:
        """Return the weight."""
        return weight


class WeightedCleaning:
    """min_x CE_val(y*(x)),  y*(x) = argmin_y (1/n) sum_i weight(x_i) CE_i(y) + c |y|^2.

    Parameters y are (classes, d), over the feature columns that are not zero everywhere. Over rows B
    the mean is (1/|B|) sum over B, and derivatives with respect to x are 0 outside B.
    Source: thesis, Section 4.1, with any law of weights.
    """

    def __init__(
        self, train: Samples, validation: Samples, num_classes: int, ridge: float, law: WeightLaw
    ) -> None:
        self.columns = (train.features != 0).any(dim=0)
        self.law = law
        self._ridge = ridge
        self._lower = self.restrict(train)
        self._upper = self.restrict(validation)
        self._lower_hot = _indicator(train.labels, num_classes, train.features.dtype)
        self._upper_hot = _indicator(validation.labels, num_classes, train.features.dtype)
        self._no_hyper = train.features.new_zeros(len(train.labels))

    @property
    def num_lower_samples(self) -> int:
        """n, also the number of hyperparameters."""
        return len(self._lower.labels)

    @property
    def num_upper_samples(self) -> int:
        """The number of validation samples."""
        return len(self._upper.labels)

    def restrict(self, samples: Samples) -> Samples:
        """Return samples with the columns this problem uses."""
        return Samples(samples.features[:, self.columns].contiguous(), samples.labels)

    def initial_params(self) -> Tensor:
        """Return y = 0, (classes, d)."""
        features = self._lower.features
        return features.new_zeros(len(self._lower_hot), features.shape[1])

    def initial_hyper(self, weight: float) -> Tensor:
        """Return the x (n,) at which every weight is ``weight``."""
        return torch.full_like(self._no_hyper, self.law.position(weight))

    def project(self, x: Tensor) -> Tensor:
        """Return the nearest feasible x (n,)."""
        return self.law.project(x)

    def lower_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return (1/|B|) sum_B weight(x_i) grad CE_i(y) + 2 c y, (classes, d)."""
        features = self._lower.features[rows]
        residual = torch.softmax(y @ features.T, dim=0).sub_(self._lower_hot[:, rows])
        weighted = residual.mul_(self._share(x, rows))
        return torch.addmm(y, weighted, features, beta=2 * self._ridge)

    def lower_hyper_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return (1/|B|) weight'(x_i) CE_i(y) for i in B, else 0, (n,)."""
        logits = y @ self._lower.features[rows].T
        labels = self._lower.labels[rows]
        losses = torch.logsumexp(logits, dim=0) - logits.gather(0, labels[None])[0]
        return self._scatter(self.law.slope(x[rows]) * losses, rows)

    def lower_curvature(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Curvature:
        """Return, with t_i = v a_i and p_i the probabilities of sample i:

        hessian = (1/|B|) sum_B weight(x_i) [p_i * t_i - p_i <p_i, t_i>] a_i' + 2 c v
        cross_i = (1/|B|) weight'(x_i) <grad CE_i(y), v>                  for i in B, else 0
        """
        _, curvature, cross = self._along(x, y, v, rows)
        hessian = (curvature * self._share(x, rows)) @ self._lower.features[rows]
        return Curvature(hessian + 2 * self._ridge * v, cross)

    def lower_products(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Products:
        """Return the gradient, and the second derivatives times v as in ``lower_curvature``."""
        residual, curvature, cross = self._along(x, y, v, rows)
        both = torch.cat([residual, curvature]) * self._share(x, rows)
        gradient, hessian = (both @ self._lower.features[rows]).split(len(y))
        ridge = 2 * self._ridge
        return Products(gradient + ridge * y, hessian + ridge * v, cross)

    def upper_gradients(self, x: Tensor, y: Tensor, rows: slice) -> Gradients:
        """Return 0 (n,) and (1/|B|) sum_B grad CE_i(y) over validation rows, (classes, d)."""
        del x
        features = self._upper.features[rows]
        residual = torch.softmax(y @ features.T, dim=0).sub_(self._upper_hot[:, rows])
        return Gradients(self._no_hyper, (residual @ features).div_(len(features)))

    def _along(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Return p_i - e_i and p_i * t_i - p_i <p_i, t_i> in columns (classes, |B|), and cross (n,)."""
        logits, tangent = (torch.cat([y, v]) @ self._lower.features[rows].T).split(len(y))
        probs = torch.softmax(logits, dim=0)
        residual = probs - self._lower_hot[:, rows]
        cross = self.law.slope(x[rows]) * (residual * tangent).sum(dim=0)
        curvature = probs * (tangent - (probs * tangent).sum(dim=0))
        return residual, curvature, self._scatter(cross, rows)

    def _share(self, x: Tensor, rows: slice) -> Tensor:
        weight = self.law.weight(x[rows])
        return weight / len(weight)

    def _scatter(self, values: Tensor, rows: slice) -> Tensor:
        total = torch.zeros_like(self._no_hyper)
        total[rows] = values / len(values)
        return total


def _indicator(labels: Tensor, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Return (num_classes, n), 1 where a sample has the label."""
    return one_hot(labels, num_classes).T.contiguous().to(dtype)
