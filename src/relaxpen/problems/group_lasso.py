"""Group structure as a hyperparameter: which features of a regression belong together."""

from typing import Any, Protocol

import torch
from torch import Generator, Tensor

from relaxpen.method.problem import Evaluation, Hypergradient
from relaxpen.method.saga import TermHypergradients
from relaxpen.problems.group_lasso_data import Regressions
from relaxpen.problems.group_shrinkage import GroupDerivatives, Groups, RidgeTasks, apply

# tasks that are solved at once: their designs and a step of theirs stay in a core's cache
TASKS_AT_ONCE = 50


class LowerLevel(Protocol):
    """A way to get coefficients from groups, and to differentiate them."""

    @property
    def num_steps(self) -> int:
        """The steps of one solve."""
        ...

    def solve(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> Tensor:
        """Return w (B, P) from a start (B, P)."""
        ...

    def trace(self, tasks: RidgeTasks, groups: Groups, start: Tensor) -> Any:
        """Return w, as ``coefficients``, with what its derivative needs."""
        ...

    def differentiate(
        self, tasks: RidgeTasks, groups: Groups, path: Any, gradient: Tensor
    ) -> GroupDerivatives:
        """Return the derivatives of C(w), given its gradient (B, P) with respect to w."""
        ...


class GroupLasso:
    """min (1/T) sum_t C_t(w_t(lambda, theta)),   C_t(w) = (1 / 2N) |y_t^val - X_t^val w|^2.

        w_t(lambda, theta) ~ argmin (1 / 2N) |X_t w - y_t|^2 + (eta / 2) |w|^2
                                    + lambda sum_l |theta_l . w|

    The hyperparameters are one vector (P L + 1,): theta (P, L) by rows, then lambda > 0; the
    parameters are the coefficients (T, P). ``lower`` says what ~ means. Data of other shapes than
    each other's, or with entries that are not finite, are refused with ValueError.
    Source: Relax and penalize, (8) and (9), with 1/N and the ridge of its public code.
    """

    def __init__(
        self,
        train: Regressions,
        validation: Regressions,
        num_groups: int,
        lower: LowerLevel,
        ridge: float = 1e-3,
    ) -> None:
        if train.designs.shape[::2] != validation.designs.shape[::2]:
            shapes = [tuple(part.designs.shape) for part in (train, validation)]
            raise ValueError(f"train and validation have other tasks or features: {shapes}")
        if not all(part.isfinite().all() for part in validation):
            raise ValueError("validation needs finite designs and responses")
        self._tasks, self._validation = RidgeTasks.of(train, ridge), validation
        self._num_groups, self.lower = num_groups, lower

    @property
    def num_hyper(self) -> int:
        """P L + 1."""
        return self._tasks.correlations.shape[1] * self._num_groups + 1

    @property
    def num_terms(self) -> int:
        """T, the number of tasks."""
        return len(self._tasks.correlations)

    @property
    def num_lower_steps(self) -> int:
        """The steps of one lower-level solve."""
        return self.lower.num_steps

    def initial_params(self) -> Tensor:
        """Return w = 0, (T, P): a cold start."""
        return torch.zeros_like(self._tasks.correlations)

    def draw_batches(self, generator: Generator) -> None:
        """Return None: the lower level is solved with all of its data."""
        del generator

    def evaluate(self, thetas: Tensor, start: Tensor, batches: Tensor | None = None) -> Evaluation:
        """Return the mean of C_t and w (T, P) for each row of thetas (batch, P L + 1)."""
        del batches
        found = torch.stack([self._coefficients(theta, start) for theta in thetas])
        return Evaluation(torch.stack([self._values(w).mean() for w in found]), found)

    def upper_values(self, thetas: Tensor, params: Tensor) -> Tensor:
        """Return the mean of C_t at w (T, P), as often as there are rows of thetas: (batch,)."""
        return self._values(params).mean().expand(len(thetas))

    def hypergradient(
        self, theta: Tensor, start: Tensor, batches: Tensor | None = None
    ) -> Hypergradient:
        """Return the derivative of the mean of C_t at theta (P L + 1,)."""
        del batches
        terms = torch.arange(self.num_terms)
        gradients, values, params = self.term_hypergradients(theta[None], terms, start)
        return Hypergradient(gradients.mean(dim=0), values.mean().item(), params)

    def term_hypergradients(
        self, thetas: Tensor, terms: Tensor, starts: Tensor
    ) -> TermHypergradients:
        """Return C_t with its derivative for tasks (b,) at thetas (b or 1, P L + 1), starts (b, P)."""
        rows = _chunks(len(terms))
        shared = len(thetas) == 1
        parts = [self._look(thetas if shared else thetas[r], terms[r], starts[r]) for r in rows]
        return TermHypergradients(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _look(self, thetas: Tensor, terms: Tensor, starts: Tensor) -> TermHypergradients:
        tasks, theta = self._tasks.at(terms), self._theta(thetas)
        groups = Groups.of(theta, thetas[:, -1:])
        path = self.lower.trace(tasks, groups, starts)
        residuals = self._residuals(path.coefficients, terms)
        designs, num_rows = self._validation.designs[terms], residuals.shape[1]
        gradient = apply(residuals, designs) / num_rows
        found = self.lower.differentiate(tasks, groups, path, gradient)
        masks = (2 * theta * found.squares).flatten(1)
        gradients = torch.cat([masks, found.strength[:, None]], dim=1)
        values = residuals.square().sum(dim=1) / (2 * num_rows)
        return TermHypergradients(gradients, values, path.coefficients)

    def _theta(self, thetas: Tensor) -> Tensor:
        """Return theta (b, P, L) of rows (b, P L + 1), or (P, L) of one row."""
        theta: Tensor = thetas[:, :-1].unflatten(1, (-1, self._num_groups))
        return theta[0] if len(theta) == 1 else theta

    def _coefficients(self, theta: Tensor, start: Tensor) -> Tensor:
        groups = Groups.of(self._theta(theta[None]), theta[None, -1:])
        chunks = [
            self.lower.solve(self._tasks.at(terms), groups, start[terms])
            for terms in _chunks(self.num_terms)
        ]
        return torch.cat(chunks)

    def _residuals(self, coefficients: Tensor, terms: Tensor) -> Tensor:
        designs, responses = self._validation
        return apply(coefficients, designs[terms].mT) - responses[terms]

    def _values(self, coefficients: Tensor) -> Tensor:
        """Return C_t (T,)."""
        residuals = self._residuals(coefficients, torch.arange(self.num_terms))
        return residuals.square().sum(dim=1) / (2 * residuals.shape[1])


def _chunks(count: int) -> tuple[Tensor, ...]:
    chunks: tuple[Tensor, ...] = torch.arange(count).split(TASKS_AT_ONCE)
    return chunks
