"""Selection of regularization: a ridge coefficient of its own for every feature of a classifier."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from relaxpen.method.first_order import Curvature, Gradients, Products
from relaxpen.problems.samples import Samples

# Coefficients stay between exp(-12) = 6e-6 and exp(12) = 2e5: the lower level stays strongly convex,
# and no step, however long, makes them infinite. The public code has the same bounds.
LARGEST = 12.0

GRADIENT_TOLERANCE = 1e-10
MAX_NEWTON_STEPS = 100


class RegularizationSelection:
    """min_x CE_val(y*(x)),  y*(x) = argmin_y (1/n) sum_i CE_i(y) + (1/2) sum_j exp(x_j) y_j^2.

    CE_i(y) = log(1 + exp(-s_i a_i'y)) in nats, s_i = 1 for label 1 and -1 for label 0; x and y are
    (d,), one entry per feature. Over rows B the mean over samples is (1/|B|) sum over B; the ridge is
    no mean and always whole. Labels other than 0 and 1 raise ValueError.
    Source: F2SA with Adam, (13), with the sum over features and the half of the public code
    (docs/deviations.md).
    """

    def __init__(self, train: Samples, validation: Samples) -> None:
        self._lower = _signed(train)
        self._upper = _signed(validation)
        self._no_hyper = train.features.new_zeros(train.features.shape[1])

    @property
    def num_lower_samples(self) -> int:
        """n, the number of training samples."""
        return len(self._lower)

    @property
    def num_upper_samples(self) -> int:
        """The number of validation samples."""
        return len(self._upper)

    def initial_params(self) -> Tensor:
        """Return y = 0, (d,)."""
        return torch.zeros_like(self._no_hyper)

    def initial_hyper(self, coefficient: float) -> Tensor:
        """Return the x (d,) at which every exp(x_j) is ``coefficient``."""
        return torch.full_like(self._no_hyper, coefficient).log()

    def project(self, x: Tensor) -> Tensor:
        """Return x clipped to [-12, 12]."""
        return x.clamp(-LARGEST, LARGEST)

    def lower_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return (1/|B|) sum_B grad CE_i(y) + exp(x) y, (d,)."""
        return _loss_gradient(self._lower[rows], y) + x.exp() * y

    def lower_hyper_gradient(self, x: Tensor, y: Tensor, rows: slice) -> Tensor:
        """Return exp(x) y^2 / 2, (d,), whatever the rows."""
        del rows
        return x.exp() * y.square() / 2

    def lower_curvature(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Curvature:
        """Return, with q_i the probability of the wrong label of sample i:

        hessian = (1/|B|) sum_B q_i (1 - q_i) (a_i'v) a_i + exp(x) v
        cross   = exp(x) y v
        """
        return Curvature(*self.lower_products(x, y, v, rows)[1:])

    def lower_products(self, x: Tensor, y: Tensor, v: Tensor, rows: slice) -> Products:
        """Return the gradient, and the second derivatives times v as in ``lower_curvature``."""
        signed = self._lower[rows]
        margin, tangent = (signed @ torch.stack([y, v], dim=1)).unbind(dim=1)
        wrong = torch.sigmoid(-margin)
        back = torch.stack([-wrong, wrong * (1 - wrong) * tangent]) @ signed / len(signed)
        coefficients = x.exp()
        return Products(
            back[0] + coefficients * y, back[1] + coefficients * v, coefficients * y * v
        )

    def upper_gradients(self, x: Tensor, y: Tensor, rows: slice) -> Gradients:
        """Return 0 (d,) and (1/|B|) sum_B grad CE_i(y) over validation rows, (d,)."""
        del x
        return Gradients(self._no_hyper, _loss_gradient(self._upper[rows], y))

    def lower_solution(self, x: Tensor, start: Tensor | None = None) -> Tensor:
        """Return y*(x), (d,) float64, by Newton's method from ``start``, by default 0.

        The largest gradient entry is at most 1e-10, else it raises ArithmeticError.
        """
        signed, coefficients = self._lower.double(), x.double().exp()
        y = torch.zeros_like(coefficients) if start is None else start.double()
        for _ in range(MAX_NEWTON_STEPS):
            gradient = _loss_gradient(signed, y) + coefficients * y
            if gradient.abs().max() <= GRADIENT_TOLERANCE:
                return y
            wrong = torch.sigmoid(-(signed @ y))
            curvature = (signed.T * (wrong * (1 - wrong))) @ signed / len(signed)
            step = torch.linalg.solve(curvature + coefficients.diag(), gradient)
            y = _shorten(signed, coefficients, y, step, float(gradient @ step))
        raise ArithmeticError(f"no lower-level solution after {MAX_NEWTON_STEPS} Newton steps")

    def value_function(self, x: Tensor, start: Tensor | None = None) -> tuple[float, Tensor]:
        """Return the validation loss at y*(x) in nats, float64, and y*(x) (d,)."""
        solution = self.lower_solution(x, start)
        return softplus(-(self._upper.double() @ solution)).mean().item(), solution


def as_classes(y: Tensor) -> Tensor:
    """Return the (2, d) parameters of a softmax whose cross-entropy is the logistic loss at y (d,)."""
    return torch.stack([torch.zeros_like(y), y])


def _signed(samples: Samples) -> Tensor:
    """Return s_i a_i, (n, d): all that the loss sees of a sample."""
    if not ((samples.labels == 0) | (samples.labels == 1)).all():
        found = samples.labels.unique().tolist()
        raise ValueError(f"regularization selection needs labels 0 and 1, not {found}")
    return samples.features * (2 * samples.labels - 1)[:, None]


def _loss_gradient(signed: Tensor, y: Tensor) -> Tensor:
    return -(torch.sigmoid(-(signed @ y)) @ signed) / len(signed)


def _shorten(
    signed: Tensor, coefficients: Tensor, y: Tensor, step: Tensor, decrease: float
) -> Tensor:
    """Return y - t step for the first t = 1, 1/2, ... that lowers the objective enough."""

    def objective(at: Tensor) -> float:
        return (softplus(-(signed @ at)).mean() + coefficients @ at.square() / 2).item()

    now, length = objective(y), 1.0
    # near the minimum the decrease is below rounding: the full step is then right
    slack = 1e-15 * abs(now)
    while objective(y - length * step) > now - 1e-4 * length * decrease + slack and length > 1e-6:
        length /= 2
    return y - length * step
