"""The rules that make what is shown of a study."""

from relaxpen.records.rule import Rule
from relaxpen.studies.show import figure_of, table_of
from relaxpen.tasks.task import Task

COLLECT = Rule("collect_runs", ("relaxpen.studies.collect.collect",))


def table_rule(task: Task, name: str) -> Rule:
    """Return the rule of a table of a task; raises SettingsError for a name that no table has."""
    return Rule("table", ("relaxpen.studies.show.write_table", table_of(task, name).maker))


def figure_rule(task: Task, name: str) -> Rule:
    """Return the rule of a figure of a task; raises SettingsError for a name that no figure has."""
    return Rule("figure", ("relaxpen.studies.show.write_figure", figure_of(task, name).drawer))
