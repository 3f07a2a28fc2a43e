"""A schedule that stays for some steps before it goes on."""

from dataclasses import dataclass

from relaxpen.method.schedules import Schedule


@dataclass(frozen=True)
class Stages:
    """``schedule`` at ``stages``[step], for rounds of which some belong together.

    Past the end it stays where it is.
    """

    schedule: Schedule
    stages: tuple[int, ...]  # of each step, never empty

    def __call__(self, step: int) -> float:
        return self.schedule(self.stages[min(step, len(self.stages) - 1)])
