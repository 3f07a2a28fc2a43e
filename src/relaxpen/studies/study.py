"""Study files: one question each, the runs that answer it, and what is shown of them."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from relaxpen.inputs.models import Closed, Overrides, Scalar, refuse_twice, validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml
from relaxpen.studies.contenders import CHOSEN, CONTENDERS, Contender
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import DEFAULT_SOURCE, known_keys
from relaxpen.tasks.task import Task
from relaxpen.tasks.thesis.methods import TAKE_STEPS_OVER

STUDIES = Path("config/studies")
EVERYTHING = "all"  # the group of what ``snakemake`` makes without a target
GROUP = r"^[a-z0-9_-]{1,100}$"
METHOD = r"^[a-z0-9_.]{1,100}$"  # alpha_0.01
# Names that the folder of an instance, the workflow or the Makefile has for itself. Rules are made for
# studies and for claims files, too: they begin with these words.
TAKEN_METHODS = ("split", "labels", "references")
RULES = ("pool", "split", "corrupt_labels", "collect_runs", "table", "figure_data", "figure")
TARGETS = (
    *("help", "environment", "reproduce", "smoke", "test", "test-numerics", "bench", "precision"),
    *("verify", "compare", "report", "reference", "lint", "format", "clean"),
)
TAKEN_GROUPS = {*RULES, *TARGETS, "labels", "references", "made"}
BEGINNINGS = ("claims", "references_", "run_", "corrupt_")


class Study(Closed):
    """What a study file says."""

    task: Literal[tuple(TASKS)]  # type: ignore[valid-type]  # the names of a list
    description: str
    group: str = Field(EVERYTHING, pattern=GROUP)  # made with others by make GROUP
    fixed: Overrides = Field({})
    fixed_by_source: dict[str, Overrides] = Field({})
    grid: dict[str, list[Scalar]] = Field({})
    instances: list[Overrides] = Field([])  # in place of a grid
    shared: list[str] = Field([])  # contenders of config/contenders.yaml
    points: Literal["all", "chosen"] = "chosen"  # of the grids of the shared contenders
    methods: dict[Annotated[str, Field(pattern=METHOD)], Contender] = Field({})
    references: bool = False  # the models that every method is set beside
    seeds: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    targets: list[float | Literal["noisy", "halfway"]] = Field(["noisy"], min_length=1)
    tables: list[str] = Field([])
    figures: list[str] = Field([])
    smoke: bool = False  # its numbers mean nothing, and everything says so

    @field_validator("methods", mode="before")
    @classmethod
    def _named(cls, methods: Any) -> Any:
        """Methods that are a list of names have no settings of their own."""
        if not isinstance(methods, list):
            return methods
        if not all(isinstance(name, str) for name in methods):
            raise ValueError(f"{methods} are no names of methods; give words")
        refuse_twice({"methods": methods})
        return {name: {"title": name, "fixed": {}} for name in methods}

    @property
    def of_task(self) -> Task:
        """The task that its runs are of."""
        return TASKS[self.task]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.shared and not self.methods:
            raise ValueError("a study needs methods: name some in shared or in methods")
        if self.grid and self.instances:
            raise ValueError("a study has either a grid or instances")
        refuse_twice({f"grid {key}": values for key, values in self.grid.items()})
        if both := set(self.shared) & set(self.methods):
            raise ValueError(f"{sorted(both)} is both in shared and in methods")
        self._refuse_names()
        self._refuse_sources()
        self._refuse_contradictions()
        self._refuse_unsuitable()
        self._refuse_missing()
        return self

    def _refuse_names(self) -> None:
        """Raise ValueError for a name that is taken or unknown."""
        if self.group in TAKEN_GROUPS or self.group.startswith(BEGINNINGS):
            raise ValueError(f"group: {self.group} is a name of the workflow's own; give another")
        for name in self.methods:
            if name in TAKEN_METHODS or not name.strip("."):
                raise ValueError(f"methods: {name} is a name of the workflow's own; give another")
            if self.of_task.names_methods_alone and name not in self.of_task.methods:
                raise ValueError(unknown("method", name, list(self.of_task.methods)))

    def _refuse_sources(self) -> None:
        """Raise ValueError for settings by source that no point has."""
        task, there = self.of_task, self._sources()
        for source, settings in self.fixed_by_source.items():
            if source not in task.sources:
                raise ValueError(unknown("source", source, list(task.sources)))
            known = known_keys(task, source, None) if task.names_methods_alone else list(settings)
            for key in settings:  # those of methods with settings of their own: when it is expanded
                if key not in known:
                    raise ValueError(unknown("setting", key, known))
            if source not in there:
                raise ValueError(
                    f"fixed_by_source has settings for {source}, and the data.source of the cells is "
                    f"{' or '.join(there)}; leave them out, or put {source} in the grid"
                )

    def _sources(self) -> list[str]:
        """Return the data source of each instance, as it is given."""
        key = "data.source"
        default = DEFAULT_SOURCE if self.of_task.names_methods_alone else None
        everywhere = self.fixed.get(key, default)
        swept: list[Any] = [one.get(key, everywhere) for one in self.instances]
        return [str(source) for source in self.grid.get(key) or swept or [everywhere]]

    def _refuse_contradictions(self) -> None:
        """Raise ValueError for a grid without values, and for a setting that is given twice."""
        everywhere = set(self.fixed).union(*self.fixed_by_source.values())
        for key in sorted(everywhere & set(self.grid)):
            raise ValueError(f"{key!r} is both fixed and in the grid")
        for name, one in self.methods.items():
            own = one.keys()
            for key in sorted(set(self.grid) & own):
                raise ValueError(f"{name}: {key} is also in the grid of the study")
            for key in sorted(key for key in own if key.startswith("data.")):
                raise ValueError(f"{name}: {key} would be an instance of its own; put it in grid")
        for key, values in self.grid.items():
            if not values:
                raise ValueError(f"grid {key} is empty; expected at least one value")

    def _refuse_unsuitable(self) -> None:
        """Raise ValueError for tables and figures that do not show what the task runs."""
        known: dict[str, Any] = {"table": self.of_task.tables, "figure": self.of_task.figures}
        for kind, names in (("table", self.tables), ("figure", self.figures)):
            for name in names:
                if name in known[kind]:
                    continue
                for task in TASKS.values():
                    if name in (task.tables if kind == "table" else task.figures):
                        raise ValueError(
                            f"{name!r} shows runs of task {task.name}; this study is of {self.task}"
                        )
                raise ValueError(unknown(kind, name, list(known[kind])))

    def _refuse_missing(self) -> None:
        """Raise ValueError for what needs methods or references that are not there."""
        task = self.of_task
        needed = {name: task.tables[name].needs for name in self.tables}
        needed |= {name: task.figures[name].needs for name in self.figures}
        for name, methods in needed.items():
            for method in methods:
                if method not in self.methods:
                    raise ValueError(f"{name} shows {method}; add it to methods")
        if self.references and not task.references:
            raise ValueError(f"references are of task thesis; leave them out of task {self.task}")
        wanted = "targets" in self.tables or "figure_4_2" in self.figures
        if wanted and not self.references and {"noisy", "halfway"} & set(self.targets):
            raise ValueError("the targets noisy and halfway need references: true")
        for method in set(TAKE_STEPS_OVER) & set(self.methods):
            if task.names_methods_alone and "relax_penalize" not in self.methods:
                raise ValueError(
                    f"{method} takes its number of steps from relax_penalize; add it to methods"
                )


def load_study(path: Path) -> Study:
    """Read a study file; raises SettingsError on anything that is not as Study says."""
    return validated(Study, read_yaml(path, "study"), path)


def sources(study: Study) -> list[Path]:
    """Return the files beside its own that say what a study is."""
    tuned = [CHOSEN] if study.points == "chosen" else []
    return [CONTENDERS, *tuned] if study.shared else []
