"""The jobs of runs: what each makes, from what, and by which words of the command line."""

from dataclasses import dataclass

from relaxpen.data.instances import parts_of
from relaxpen.records import layout
from relaxpen.studies.arguments import complete, run_arguments
from relaxpen.tasks.task import Point


@dataclass(frozen=True)
class RunJob:
    """One job of runs: all seeds of one method on one instance, at one setting or at many."""

    study: str
    folder: str  # within that of the study
    points: tuple[Point, ...]
    rule: str  # of its runs

    @property
    def index(self) -> str:
        """The file that names all its runs."""
        return layout.runs_index(self.study, self.folder)

    @property
    def instance(self) -> str:
        """The index of the last step of its instance: labels, or the split of data without."""
        first = self.points[0]
        return layout.instance_index(self.study, first.instance, parts_of(first.settings.data)[-1])

    @property
    def steps_of(self) -> str | None:
        """The index of the runs whose numbers of steps are taken over."""
        taken = self.points[0].steps_of
        return layout.runs_index(self.study, taken) if taken else None

    @property
    def priority(self) -> int:
        """T where it is swept: the longest jobs start first."""
        return int(self.points[0].columns.get("num_steps") or 0)

    @property
    def arguments(self) -> str:
        """The words of the command line that make it."""
        return run_arguments(self.points)

    @property
    def settings(self) -> list[str]:
        """The complete settings, each as one line of JSON."""
        return complete(self.points)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of each of its points."""
        return self.points[0].seeds
