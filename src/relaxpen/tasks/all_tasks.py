"""The list of all tasks. A new one is a folder beside this file, and a line here."""

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
