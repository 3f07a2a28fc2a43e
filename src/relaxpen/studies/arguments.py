"""Points as words of the command line, and as what a job depends on."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from relaxpen.records.digests import canonical
from relaxpen.tasks.task import REFERENCES, Point


def data_arguments(point: Point) -> str:
    """Return the words that give the data settings of a point."""
    data = {key: value for key, value in point.overrides.items() if key.startswith("data.")}
    return shlex.join(["--set", *_pairs(data)])


def run_arguments(points: Sequence[Point]) -> str:
    """Return the words that run all points of one method on one instance, or one point."""
    first = points[0]
    fixed = {key: value for key, value in first.overrides.items() if key not in first.swept}
    words = [] if "method.name" in fixed else ["--method", first.method]
    words += ["--set", *_pairs(fixed)]
    if first.swept and first.name:
        grid = {key: _distinct(one.swept[key] for one in points) for key in first.swept}
        words += ["--grid", *_pairs(grid)]
    else:
        words += _pairs(first.swept)
    return shlex.join(words)


def complete(points: Sequence[Point]) -> list[str]:
    """Return the complete settings of points, each as one line of JSON."""
    return [canonical(one.settings.model_dump(mode="json")) for one in points]


def complete_data(point: Point) -> str:
    """Return the complete settings of the data of a point as one line of JSON."""
    return canonical(point.settings.data.model_dump(mode="json"))


def is_references(points: Sequence[Point]) -> bool:
    """Return whether points are the models that every method is set beside."""
    return points[0].method == REFERENCES


def _pairs(overrides: Mapping[str, Any]) -> list[str]:
    return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
