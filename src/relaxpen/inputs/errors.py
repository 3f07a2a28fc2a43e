"""The errors of bad input: each one sentence, given at the door with exit code 2."""

from collections.abc import Iterable

from pydantic import ValidationError


class SettingsError(ValueError):
    """Settings that cannot be used: what was given, what is expected."""


class DataError(RuntimeError):
    """Data that is missing, damaged or not the right one: which file, and what to do."""


def explain(error: ValidationError, models: Iterable[str]) -> str:
    """Return a sentence per fault, its place without the names of models among alternatives."""
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"] if part not in models) or "settings"
        if fault["type"] == "value_error":
            lines.append(f"{key}: {fault['ctx']['error']}")
        else:
            lines.append(f"{key} is {fault['input']!r}: {fault['msg']}")
    return "; ".join(lines)
