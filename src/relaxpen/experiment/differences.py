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
    left, right = _flat(old), _flat(new)
    for name in {**right, **left}:
        if name.startswith(only) and left.get(name) != right.get(name):
            return name, left.get(name), right.get(name)
    return None


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{key}": inner for key, inner in _flat(value).items()}
        else:
            flat[name] = value
    return flat
