"""Where a run stands in its study, read off the folder that it lies in."""

from relaxpen.audit.store import COMPARED

Place = dict[str, str]


def place_of(folder: str, rule: str) -> Place:
    """Return instance, cell and method of a batch of runs, of a comparison instance, method and setting.

    It lies in results/STUDY/INSTANCE[/CELL]/METHOD, in a comparison in
    results/STUDY/INSTANCE/METHOD[/SETTING]; what the folder lacks is "".
    """
    parts = folder.split("/")[2:]
    if rule in COMPARED:
        return dict(zip(("instance", "method", "setting"), [*parts, ""][:3], strict=True))
    three = parts if len(parts) == 3 else [parts[0], "", parts[1]]
    return dict(zip(("instance", "cell", "method"), three, strict=True))
