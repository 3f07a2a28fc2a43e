"""The errors of bad input: each one sentence, given at the door with exit code 2."""

FETCHED_ANEW = "delete it and run again: it will be fetched anew"
LONGEST = 120  # characters of a value in a sentence


class SettingsError(ValueError):
    """Settings that cannot be used: what was given, what is expected."""


class DataError(RuntimeError):
    """Data that is missing, damaged or not the right one: which file, and what to do."""


def shown(value: object) -> str:
    """Return a value as it stands in a sentence: as Python writes it, in one line, cut if it is long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
