"""The packages that results depend on: what they were made with, what is here, what is pinned."""

import platform
import re
from pathlib import Path

from relaxpen.experiment.fingerprint import ENTRIES
from relaxpen.experiment.machine import software_facts
from relaxpen.experiment.manifest import Manifest

REQUIREMENTS = Path("requirements.txt")
PIN = re.compile(r"^([\w.-]+)==([\w.+!-]+)", re.MULTILINE)


def depends_on(rule: str) -> dict[str, str | None]:
    """Return the version here of Python and of each package that the code of a rule uses."""
    if rule not in ENTRIES:
        return {"python": platform.python_version()}
    here = software_facts(rule)
    del here["relaxpen"]  # its code has a fingerprint
    return here


def version_problem(manifest: Manifest) -> str | None:
    """Return which package a result was made with in another version than is here, None if none."""
    for name, here in depends_on(manifest.rule).items():
        recorded = _recorded(manifest, name)
        if recorded != here:
            return f"made with {name} {recorded}, and {here} is installed here"
    return None


def pin_problem(manifest: Manifest, pins: dict[str, str]) -> str | None:
    """Return which package of a result is pinned in another version, be it not installed yet."""
    for name in depends_on(manifest.rule):
        recorded, pinned = _recorded(manifest, name), pins.get(name.lower())
        # 2.13.0+cpu is a build of 2.13.0
        if pinned and recorded and pinned not in (recorded, recorded.partition("+")[0]):
            return f"made with {name} {recorded}, and {REQUIREMENTS} asks for {pinned}"
    return None


def read_pins() -> dict[str, str]:
    """Return the versions that requirements.txt asks for, by names in lower case."""
    text = REQUIREMENTS.read_text() if REQUIREMENTS.is_file() else ""
    return {name.lower(): version for name, version in PIN.findall(text)}


def _recorded(manifest: Manifest, name: str) -> str | None:
    return manifest.python if name == "python" else manifest.packages.get(name)
