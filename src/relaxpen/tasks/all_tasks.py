"""The list of all tasks. A new one is a folder beside this file, and a line here."""

from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.registry import Registry
from relaxpen.tasks.agreement.task import AGREEMENT
from relaxpen.tasks.cleaning.task import CLEANING
from relaxpen.tasks.distillation.task import DISTILLATION
from relaxpen.tasks.groups.task import GROUPS
from relaxpen.tasks.selection.task import SELECTION
from relaxpen.tasks.task import Task
from relaxpen.tasks.thesis.task import THESIS

TASKS: Registry[Task] = Registry(
    {
        task.name: task
        for task in (
            THESIS,
            CLEANING,
            AGREEMENT,
            SELECTION,
            GROUPS,
            DISTILLATION,
        )
    }
)


def table_names() -> tuple[list[str], list[str]]:
    """Return the tables of all tasks: those that are made to be read, and those that figures alone read.

    Raises SettingsError for a name that is of both kinds: a rule knows a table by its name.
    """
    tables = [(name, one.shows) for task in TASKS.values() for name, one in task.tables.items()]
    read = list(dict.fromkeys(name for name, shows in tables if shows))
    alone = list(dict.fromkeys(name for name, shows in tables if not shows))
    if both := sorted({*read} & {*alone}):
        raise SettingsError(
            f"the table {both[0]!r} is made to be read in one task and for figures alone in another; "
            "give one of them another name"
        )
    return read, alone
