"""The rules that make what is shown of a study."""

from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.suggestions import unknown
from relaxpen.records.rule import Rule
from relaxpen.tasks.task import Drawing, Table, Task


def collect_rule(task: Task) -> Rule:
    """Return the rule that collects the runs of a task."""
    return Rule("collect_runs", ("relaxpen.studies.collect.collect",), task.metrics)


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
    known = table_of(task, name)
    entries = ("relaxpen.studies.show.write_table", known.maker)
    return Rule("table", entries, (known.shows, known.unit, *known.columns))


def figure_rule(task: Task, name: str) -> Rule:
    """Return the rule of a figure of a task; raises SettingsError for a name that no figure has."""
    known = figure_of(task, name)
    return Rule("figure", ("relaxpen.studies.show.write_figure", known.drawer), known.tables)
