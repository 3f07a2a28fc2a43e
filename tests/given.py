"""Settings, points and runs for tests, in a few words."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.display.printing import Printed
from relaxpen.studies.points import expand
from relaxpen.studies.show import ShownStudy
from relaxpen.studies.study import Study
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import resolve, task_of
from relaxpen.tasks.task import Asked, InstanceFiles, imported

CPU = torch.device("cpu")


def thesis(overrides: dict[str, Any]) -> Any:
    """Complete settings of a run of the thesis' task."""
    return resolve(TASKS["thesis"], overrides)


def settings_of(overrides: dict[str, Any]) -> Any:
    """Complete settings of a run, of the task that the overrides are of."""
    return resolve(task_of(overrides), overrides)


def task_of_settings(settings: Any) -> Any:
    """The task that complete settings are of."""
    return next(task for task in TASKS.values() if type(settings) is task.settings)


def run_on(
    settings: Any, data: Any, seed: int, method: str = "", num_steps: int | None = None
) -> Any:
    """The growing results of a run on what was loaded."""
    task = task_of_settings(settings)
    name = method or settings.method.name
    return imported(task.run_of(task.rule_of(name)))(settings, data, Asked(name, seed, num_steps))


def run_files(settings: Any, instance: Path, seed: int, pool: Path | None) -> Any:
    """The growing results of a run on files."""
    task = task_of_settings(settings)
    data = imported(task.load)(settings, InstanceFiles(instance, pool), seed, CPU)
    return run_on(settings, data, seed)


def split_of(settings: Any, seed: int, pool_labels: Any) -> Any:
    """The split of a seed."""
    return SOURCES[settings.data.source].split(settings.data, seed, pool_labels)


def shown(study: Study, root: Path = Path()) -> ShownStudy:
    """What tables may ask of a study."""
    return ShownStudy(expand(study, root), study.seeds, study.targets)


def make_table(task: str, name: str, summary: Any, traces: Any, study: Study) -> pd.DataFrame:
    """A table of a task, as its maker gives it."""
    return imported(TASKS[task].tables[name].maker)(summary, traces, shown(study))


def printed(task: str, name: str, table: pd.DataFrame, caption: str = "x.") -> Printed:
    """A table of a task, to be printed."""
    known = TASKS[task].tables[name]
    return Printed(name, table, caption, known.columns, known.unit)


def draw(task: str, name: str, tables: dict[str, pd.DataFrame]) -> Any:
    """A figure of a task, as its drawer gives it."""
    return imported(TASKS[task].figures[name].drawer)(tables)
