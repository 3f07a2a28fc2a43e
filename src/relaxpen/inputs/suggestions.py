"""What is offered in place of an unknown word."""

import difflib

from relaxpen.inputs.errors import shown


def unknown(kind: str, given: str, known: list[str], where: str = "") -> str:
    """Return the sentence that refuses an unknown word and offers the nearest known one."""
    expected = nearest(given, known, f"one of {', '.join(known)}")
    return f"unknown {kind} {shown(given)}{where}; {expected}"


def nearest(given: object, known: list[str], expected: str) -> str:
    """Return the offer of the nearest known word, or else what is expected."""
    near = difflib.get_close_matches(given, known, n=1) if isinstance(given, str) else []
    return f"did you mean {near[0]!r}?" if near else f"expected {expected}"
