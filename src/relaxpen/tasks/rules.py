"""The rules that make runs: of each, the code of its task and of what its settings choose."""

from collections.abc import Iterator

from pydantic import BaseModel

from relaxpen.records.rule import Rule, name_of
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.task import MethodSettings, RunSettings, Task

WRITTEN = "relaxpen.records.record.write_run"


def run_rule(task: Task, method: str, settings: RunSettings) -> Rule:
    """Return the rule of the runs of a method, the models beside it included, with its settings."""
    name = task.rule_of(method)
    chosen = dict.fromkeys(entry for part in _parts(settings) for entry in _entries(part))
    return Rule(name, (task.run_of(name), task.load, WRITTEN, *chosen))


def task_of_rule(name: str) -> Task | None:
    """Return the task whose runs a rule makes, None if it makes no runs."""
    return next((task for task in TASKS.values() if name in task.rules), None)


def _parts(settings: BaseModel) -> Iterator[BaseModel]:
    """Yield settings and all models inside of them."""
    yield settings
    for name in type(settings).model_fields:
        if isinstance(part := getattr(settings, name), BaseModel):
            yield from _parts(part)


def _entries(settings: BaseModel) -> tuple[str, ...]:
    more = settings.code() if isinstance(settings, MethodSettings) else ()
    return (name_of(type(settings)), *more)
