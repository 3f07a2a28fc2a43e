"""From a bilevel problem to a binary mask: the search that the library runs, and what it returns."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from relaxpen.method.directional import Values
from relaxpen.method.estimators import GradientEstimator
from relaxpen.method.frank_wolfe import FrankWolfe
from relaxpen.method.oracles import UnitBox
from relaxpen.method.relax_penalize import RelaxAndPenalize, until_binary
from relaxpen.method.schedules import Constant, GeometricDecay, HarmonicStepSize

TOLERANCE = 1e-2  # a mask entry this near to 0 or 1 is binary


class Cleaned(NamedTuple):
    """What a search found."""

    mask: np.ndarray  # (n,) bool, True: keep
    scores: (
        np.ndarray
    )  # (n,) in [0, 1], mean of the mask entry over the search; larger: more likely correct
    trace: pd.DataFrame  # a row per step: round, validation_loss, kept, num_trainings, seconds


@dataclass(frozen=True)
class Search:
    """Relax and penalize with steps that are long at first: gamma_j = 2 / (j + step_offset)."""

    num_rounds: int
    steps_per_round: int
    epsilon_initial: float
    epsilon_decay: float
    step_offset: float = 8.0

    def run(
        self,
        problem: Values,
        estimator: GradientEstimator,
        start: np.ndarray,
        seeds: tuple[int, int],
    ) -> Cleaned:
        """Search from the mask ``start`` (n,) in [0, 1]; ``seeds`` are of directions and batches."""
        method = RelaxAndPenalize(
            estimator=estimator,
            solver=FrankWolfe(UnitBox(), HarmonicStepSize(self.step_offset), Constant(1.0)),
            epsilon=GeometricDecay(self.epsilon_initial, self.epsilon_decay),
            steps_per_round=self.steps_per_round,
        )
        theta = torch.from_numpy(start)
        streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        steps = method.iterate(problem, theta, problem.initial_params(), *streams)
        total, rows, began = torch.zeros_like(theta), [], time.perf_counter()
        for step in until_binary(steps, self.steps_per_round, self.num_rounds, TOLERANCE):
            theta = step.next_theta
            total += theta
            rows.append(
                {
                    "round": step.round,
                    "validation_loss": step.estimate.value,
                    "kept": int((theta >= 0.5).sum()),
                    "num_trainings": step.estimate.num_values,
                    "seconds": time.perf_counter() - began,
                }
            )
        return Cleaned((theta >= 0.5).numpy(), (total / len(rows)).numpy(), pd.DataFrame(rows))
