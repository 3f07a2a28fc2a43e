"""Lists of what there is, by name."""

from typing import TypeVar

Value = TypeVar("Value")


class Registry(dict[str, Value]):
    """What there is of a kind, by its name in settings.

    A fingerprint does not follow a registry: what settings choose from it is an entry of its own,
    so that a new line changes no result that is there.
    """
