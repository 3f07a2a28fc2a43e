"""Where runs stand in the summary of their study."""

from typing import Any

from relaxpen.tasks.task import REFERENCES, Point, Row


def columns_of(point: Point) -> Row:
    """Return the columns by which a summary tells the runs of a point from others."""
    settings: Any = point.settings
    data = settings.data
    if "method" not in type(settings).model_fields:
        beside = point.method == REFERENCES
        return {
            "instance": point.instance,
            "source": data.source,
            "noise_rate": data.noise_rate,
            "num_steps": None if beside else settings.lower.num_steps,
            "cell": None if beside else point.name,
            "method": point.method,
        }
    return {
        "instance": point.instance,
        "source": data.source,
        "noise_rate": getattr(data, "noise_rate", None),
        "num_validation": getattr(data, "num_validation", None),
        "method": point.method,
        "title": point.title,
        "setting": point.name,
    }
