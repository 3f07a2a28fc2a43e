"""The clock of a search, and when it is measured."""

import time

import torch

from relaxpen.tasks.budgeted import Measure


class Clock:
    """Seconds that a search took: of the processor, or of the wall where a GPU works on its own."""

    def __init__(self, device: torch.device) -> None:
        self._device, self.seconds, self._begun = device, 0.0, 0.0

    def __enter__(self) -> "Clock":
        self._begun = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += self._now() - self._begun

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            return time.perf_counter()
        return time.process_time()


def checkpoints(budget: float, measure: Measure) -> list[float]:
    """Return the costs at which a search is measured: of equal ratio, the last one the budget."""
    ratio = measure.first ** (-1 / (measure.num_checkpoints - 1))
    return [budget * measure.first * ratio**i for i in range(measure.num_checkpoints)]
