"""A lower level that can only be trained: weights in, the validation loss and the sample losses out."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation


class Trained(NamedTuple):
    """What a training returns."""

    validation_loss: float  # F, the mean loss on clean validation data
    sample_losses: Tensor  # (p,) the loss of each training sample under the trained model


class BlackBox:
    """The bilevel problem of a model that is trained with weights (p,) in [0, 1], by any means.

    It has what differences of values ask for (``Values`` of method/directional.py) and no more: no
    derivative, no value at given parameters. The parameters of the lower level, as the method sees
    them, are the losses of the samples: there is no warm start. Weights that a direction pushes out
    of [0, 1] are clipped: no training takes a negative weight.
    """

    def __init__(self, num_samples: int, train: Callable[[Tensor], Trained]) -> None:
        self._num_samples, self._train = num_samples, train

    @property
    def num_hyper(self) -> int:
        """p, one mask entry per training sample."""
        return self._num_samples

    @property
    def num_lower_steps(self) -> int:
        """One training counts as one step."""
        return 1

    def initial_params(self) -> Tensor:
        """Return zeros (p,)."""
        return torch.zeros(self._num_samples, dtype=torch.float64)

    def draw_batches(self, generator: Generator) -> None:
        """Return None: the model chooses its own batches."""
        del generator

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return F and the sample losses for each row of thetas (batch, p), each its own training."""
        del start, batches
        trained = [self._train(theta.clamp(0, 1)) for theta in thetas]
        values = torch.tensor([one.validation_loss for one in trained], dtype=torch.float64)
        return Evaluation(values, torch.stack([one.sample_losses.double() for one in trained]))

    def sample_losses(self, params: Tensor) -> Tensor:
        """Return params (k, p) themselves."""
        return params
