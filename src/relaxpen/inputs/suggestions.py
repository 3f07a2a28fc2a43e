"""What is offered in place of an unknown word."""

import difflib


def unknown(kind: str, given: str, known: list[str], where: str = "") -> str:
    """Return the sentence that refuses an unknown word and offers the nearest known one."""
    near = difflib.get_close_matches(given, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
    return f"unknown {kind} {given!r}{where}; {hint}"
