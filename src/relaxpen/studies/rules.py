"""The rules that make what is shown of a study."""

from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.suggestions import unknown
from relaxpen.records.rule import Rule
from relaxpen.tasks.task import Drawing, Table, Task

COLLECT = Rule("collect_runs", ("relaxpen.studies.collect.collect",))


def table_of(task: Task, name: str) -> Table:
    """Return a table of a task; raises SettingsError for a name that no table has."""
    if name not in task.tables:
        raise SettingsError(unknown("table", name, list(task.tables), f" of task {task.name}"))
    return task.tables[name]


def figure_of(task: Task, name: str) -> Drawing:
    """Return a figure of a task; raises SettingsError for a name that no figure has."""
    if name not in task.figures:
        raise SettingsError(unknown("figure", name, list(task.figures), f" of task {task.name}"))
    return task.figures[name]


def table_rule(task: Task, name: str) -> Rule:
    """Return the rule of a table of a task; raises SettingsError for a name that no table has."""
    return Rule("table", ("relaxpen.studies.show.write_table", table_of(task, name).maker))


def figure_rule(task: Task, name: str) -> Rule:
    """Return the rule of a figure of a task; raises SettingsError for a name that no figure has."""
    return Rule("figure", ("relaxpen.studies.show.write_figure", figure_of(task, name).drawer))
