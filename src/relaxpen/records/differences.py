"""In what two nested mappings, such as complete settings, differ."""

from collections.abc import Mapping
from typing import Any


def first_difference(
    old: Mapping[str, Any], new: Mapping[str, Any], only: tuple[str, ...] = ("",)
) -> tuple[str, Any, Any] | None:
    """Return the first dotted key that has two values, and both; None if the mappings are equal.

    Only keys that begin with one of ``only`` count. A key that one of the two lacks has the value None
    there.
    """
    left, right = flat(old), flat(new)
    for name in {**right, **left}:
        if name.startswith(only) and left.get(name) != right.get(name):
            return name, left.get(name), right.get(name)
    return None


def made_otherwise(
    recorded: Mapping[str, Any],
    asked: Mapping[str, Any],
    only: tuple[str, ...] = ("",),
    before: str = "",
) -> str | None:
    """Return with which setting results were made and which is asked for, None if with the same.

    ``before`` is what stands before the names of the settings.
    """
    found = first_difference(recorded, asked, only)
    return found and f"made with {before}{found[0]} {found[1]!r}, and {found[2]!r} is asked for"


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a nested mapping by their dotted names."""
    values_of: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            values_of |= {f"{name}.{key}": inner for key, inner in flat(value).items()}
        else:
            values_of[name] = value
    return values_of
