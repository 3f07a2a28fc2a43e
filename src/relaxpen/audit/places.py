"""Where a run stands in its study, read off the folder that it lies in."""

from relaxpen.tasks.rules import task_of_rule

Place = dict[str, str]


def place_of(folder: str, rule: str) -> Place:
    """Return instance, cell and method of a batch of runs, or instance, method and setting.

    It lies in results/STUDY/INSTANCE[/CELL]/METHOD where a study sweeps cells, else in
    results/STUDY/INSTANCE/METHOD[/SETTING]; what the folder lacks is "".
    """
    parts = folder.split("/")[2:]
    task = task_of_rule(rule)
    if task and not task.names_methods_alone:
        return dict(zip(("instance", "method", "setting"), [*parts, ""][:3], strict=True))
    three = parts if len(parts) == 3 else [parts[0], "", parts[1]]
    return dict(zip(("instance", "cell", "method"), three, strict=True))
