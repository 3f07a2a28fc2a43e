"""Points as words of the command line, and as what a job depends on."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from relaxpen.records.differences import flat, made_otherwise
from relaxpen.records.digests import canonical
from relaxpen.tasks.task import REFERENCES, Point

# What the references depend on: they take no lower-level steps and no directions.
REFERENCE_KEYS = ("data.", "lower.ridge", "precision")


def data_arguments(point: Point) -> str:
    """Return the words that give the data settings of a point."""
    data = {key: value for key, value in point.overrides.items() if key.startswith("data.")}
    return shlex.join(["--set", *_pairs(data)])


def run_arguments(points: Sequence[Point]) -> str:
    """Return the words that run all points of one job: of one method, or of all on one cell."""
    first = points[0]
    fixed = {key: value for key, value in first.overrides.items() if key not in first.swept}
    methods = _distinct(one.method for one in points)
    words = [] if "method.name" in fixed else ["--method", *methods]
    words += ["--set", *_pairs(fixed)]
    if first.swept and first.name:
        grid = {key: _distinct(one.swept[key] for one in points) for key in first.swept}
        words += ["--grid", *_pairs(grid)]
    else:
        words += _pairs(first.swept)
    return shlex.join(words)


def complete(points: Sequence[Point]) -> list[str]:
    """Return the complete settings that the runs of points depend on, each as one line of JSON."""
    return [
        canonical(
            {
                name: value
                for name, value in flat(one.settings.model_dump(mode="json")).items()
                if name.startswith(depended_on(one))
            }
        )
        for one in points
    ]


def run_otherwise(point: Point, recorded: Mapping[str, Any]) -> str | None:
    """Return in which setting recorded runs are others than a point asks for, None if in none."""
    return made_otherwise(recorded, point.settings.model_dump(mode="json"), depended_on(point))


def depended_on(point: Point) -> tuple[str, ...]:
    """Return what the names of the settings begin with that the runs of a point depend on."""
    return REFERENCE_KEYS if point.method == REFERENCES else ("",)


def complete_data(point: Point) -> str:
    """Return the complete settings of the data of a point as one line of JSON."""
    return canonical(point.settings.data.model_dump(mode="json"))


def _pairs(overrides: Mapping[str, Any]) -> list[str]:
    return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
