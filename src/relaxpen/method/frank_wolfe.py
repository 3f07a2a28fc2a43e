"""One Frank-Wolfe step with a running average of gradient estimates."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from relaxpen.method.oracles import LinearMinimizationOracle
from relaxpen.method.schedules import Schedule


class FrankWolfeState(NamedTuple):
    """All that changes from one step to the next."""

    theta: Tensor  # (p,) iterate theta_j, in the feasible set
    average: Tensor  # (p,) running average d_{j-1} of the estimates
    gap: float  # <descent, theta - vertex> of the step that led here; nan before the first


@dataclass(frozen=True)
class FrankWolfe:
    """Frank-Wolfe on an averaged estimate plus a gradient that is known exactly.

        d_j = (1 - rho_j) d_{j-1} + rho_j g_j
        v_j = argmin_v <v, d_j + known_j>
        theta_{j+1} = (1 - gamma_j) theta_j + gamma_j v_j

    Source: Sahu, Zaheer, Kar (2019), Algorithm 2; the known part is kept out of the average.
    """

    oracle: LinearMinimizationOracle
    step_size: Schedule  # gamma_j in (0, 1]
    averaging: Schedule  # rho_j in (0, 1]

    def init(self, theta: Tensor) -> FrankWolfeState:
        """Return the state before the first step, d_{-1} = 0, at theta (p,)."""
        return FrankWolfeState(theta, torch.zeros_like(theta), float("nan"))

    def step(
        self, state: FrankWolfeState, step: int, estimate: Tensor, known: Tensor
    ) -> FrankWolfeState:
        """Return the state after step j, given the estimate g_j (p,) and the known part (p,)."""
        rho, gamma = self.averaging(step), self.step_size(step)
        average = (1 - rho) * state.average + rho * estimate
        descent = average + known
        vertex = self.oracle.minimize(descent)
        return FrankWolfeState(
            theta=(1 - gamma) * state.theta + gamma * vertex,
            average=average,
            gap=torch.dot(descent, state.theta - vertex).item(),
        )
