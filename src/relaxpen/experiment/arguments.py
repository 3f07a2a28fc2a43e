"""Cells and contests as words of the command line, and as what a job depends on."""

import json
import shlex
from collections.abc import Iterable
from typing import Any

from relaxpen.experiment.comparison.studies import Contest
from relaxpen.experiment.settings import canonical
from relaxpen.experiment.studies import Cell

# What the references depend on: they take no lower-level steps and no directions.
REFERENCE_KEYS = ("data.", "lower.ridge", "precision")


def set_arguments(cell: Cell | Contest, *only: str) -> str:
    """Return the KEY=VALUE words of a cell for the command line, all or those beginning with only."""
    pairs = {key: value for key, value in cell.overrides.items() if key.startswith(only or "")}
    return " ".join(shlex.quote(f"{key}={json.dumps(value)}") for key, value in pairs.items())


def sweep_arguments(contests: list[Contest]) -> str:
    """Return the options of the command line that run all contests of one method on one instance."""
    first = contests[0]
    fixed = {key: value for key, value in first.overrides.items() if key not in first.swept}
    words = ["--set", *(f"{key}={json.dumps(value)}" for key, value in fixed.items())]
    if first.name:
        grid = {key: _distinct(one.swept[key] for one in contests) for key in first.swept}
        words += ["--grid", *(f"{key}={json.dumps(values)}" for key, values in grid.items())]
    else:
        words += [f"{key}={json.dumps(value)}" for key, value in first.swept.items()]
    return shlex.join(words)


def complete(cell: Cell | Contest, *only: str) -> str:
    """Return the settings of a cell, those left out at their defaults, as one line of JSON.

    With ``only``, just the sections and settings of which these are the names.
    """
    settings = cell.settings.model_dump()
    if not only:
        return canonical(settings)
    flat = {
        f"{section}.{key}" if isinstance(values, dict) else section: value
        for section, values in settings.items()
        for key, value in (values.items() if isinstance(values, dict) else [("", values)])
    }
    return canonical({key: value for key, value in flat.items() if key.startswith(only)})


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
