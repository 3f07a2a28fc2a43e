"""Sizes that no run can have: refused by arithmetic, before anything is allocated or begun.

What is counted is what a run needs at least; nothing that could run is refused.
"""

import os

from relaxpen.inputs.errors import SettingsError

MOST_BYTES = 2**36  # 64 GiB, of the arrays of one run
MOST_STEPS = 10**10  # one after another: at ten microseconds a step, more than a day
GIB = 2**30
NUMBER = 8  # bytes of a float64 or an index
ROW = 100  # bytes, of a row of a trace: some ten numbers in a dictionary


def refuse_bytes(
    arrays: dict[str, int], most: int = MOST_BYTES, whose: str = "a run can have"
) -> None:
    """Raise SettingsError if arrays, bytes by what makes them so large, need more than there may be."""
    total = sum(arrays.values())
    if total > most:
        largest = max(arrays, key=arrays.__getitem__)
        raise SettingsError(
            f"{largest} needs at least {total / GIB:.3g} GiB of memory; {whose} {most / GIB:.3g} "
            "GiB, give less"
        )


def refuse_steps(what: str, steps: float) -> None:
    """Raise SettingsError for more steps one after another than anybody can wait for."""
    if steps > MOST_STEPS:
        raise SettingsError(
            f"{what} is {steps:.3g} steps one after another, at ten microseconds each "
            f"{steps / 8.64e9:.3g} days; a run may have {MOST_STEPS:.0e}, give less"
        )


def refuse_bytes_here(arrays: dict[str, int]) -> None:
    """Raise SettingsError if arrays, bytes by what makes them so large, exceed this machine's memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    refuse_bytes(arrays, memory, "this machine has")
