"""Complete settings from dotted keys, and the task that they are of."""

from typing import Any

from pydantic import ValidationError

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Overrides, explain
from relaxpen.inputs.suggestions import nearest, unknown
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.task import RunSettings, Task

DEFAULT_SOURCE = "synthetic"


def task_of(overrides: Overrides) -> Task:
    """Return the task that ``data.source`` and ``method.name`` are of; the thesis' without a name.

    Raises SettingsError for an unknown word, and for a method that cannot be run on the source.
    """
    if "method.name" not in overrides:
        return TASKS["thesis"]
    source = _word(overrides, "data.source", list(SOURCES))
    others = [task for task in TASKS.values() if task.name != "thesis"]
    known = list(dict.fromkeys(name for task in others for name in task.methods))
    method = _word(overrides, "method.name", known)
    here = [task for task in others if source in task.sources]
    for task in here:
        if method in task.methods:
            return task
    names = ", ".join(name for task in here for name in task.methods)
    raise SettingsError(
        f"method {method} cannot be run on data.source {source}, where {here[0].does} by one of "
        f"{names}"
    )


def resolve(task: Task, overrides: Overrides) -> Any:
    """Return the complete settings of a task from dotted keys, such as {"lower.num_steps": 5}.

    Raises SettingsError naming each key that is unknown or out of range.
    """
    if task.names_methods_alone and "data.source" not in overrides:
        overrides = overrides | {"data.source": DEFAULT_SOURCE}
    source = _word(overrides, "data.source", list(task.sources))
    method = (
        None if task.names_methods_alone else _word(overrides, "method.name", list(task.methods))
    )
    overrides = task.settings.completed(overrides)
    known = known_keys(task, source, method)
    nested: dict[str, Any] = {"data": {}} | ({"method": {}} if method else {})
    for key, value in overrides.items():
        if key not in known:
            where = f" for data.source {source}" + (f" and method {method}" if method else "")
            raise SettingsError(unknown("setting", key, known, where))
        *section, name = key.split(".")
        (nested.setdefault(section[0], {}) if section else nested)[name] = value
    try:
        return task.settings.model_validate(nested)
    except ValidationError as error:
        raise SettingsError(
            explain(error, task.settings, (source, method or ""), "settings")
        ) from None


def recorded(rule: str, values: dict[str, Any]) -> RunSettings:
    """Return the settings that a record or a manifest of a rule's run holds."""
    for task in TASKS.values():
        if rule in task.rules:
            return task.settings.model_validate(values)
    raise SettingsError(f"no task has the rule {rule!r}")


def known_keys(task: Task, source: str, method: str | None) -> list[str]:
    """Return every dotted key that runs of a method on a data source may set."""
    chosen: dict[str, Any] = {"data": SOURCES[source].settings}
    if method and (settings := task.methods[method]):
        chosen["method"] = settings
    known = []
    for name, field in task.settings.model_fields.items():
        inside = getattr(chosen.get(name, field.annotation), "model_fields", None)
        known += [name] if inside is None else [f"{name}.{key}" for key in inside]
    return [key for key in known if key not in task.settings.meaningless()]


def _word(overrides: Overrides, key: str, known: list[str]) -> str:
    """Return the word of a key; raises SettingsError if it is none of those that are known."""
    word = overrides.get(key)
    if not isinstance(word, str):
        raise SettingsError(f"{key} is {shown(word)}; expected {' or '.join(known)}")
    if word not in known:
        raise SettingsError(f"{key} is {word!r}; {nearest(word, known, ' or '.join(known))}")
    return word
