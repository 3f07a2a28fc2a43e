"""The packages that results depend on: what they were made with, what is here, what is pinned."""

import re
from pathlib import Path

from relaxpen.audit.rules import rule_of
from relaxpen.records.machine import software_facts
from relaxpen.records.manifest import Manifest

REQUIREMENTS = Path("requirements.txt")
PIN = re.compile(r"^([\w.-]+)==([\w.+!-]+)", re.MULTILINE)


def depends_on(name: str, manifest: Manifest) -> dict[str, str | None]:
    """Return the version here of Python and of each package that the code behind a result uses."""
    rule = rule_of(name, manifest)
    versions = rule.versions if rule else {}
    return {"python": software_facts()["python"], **versions}


def version_problem(name: str, manifest: Manifest) -> str | None:
    """Return which package a result was made with in another version than is here, None if none."""
    for package, here in depends_on(name, manifest).items():
        recorded = _recorded(manifest, package)
        if recorded != here:
            return f"made with {package} {recorded}, and {here} is installed here"
    return None


def pin_problem(name: str, manifest: Manifest, pins: dict[str, str]) -> str | None:
    """Return which package of a result is pinned in another version, be it not installed yet."""
    for package in depends_on(name, manifest):
        recorded, pinned = _recorded(manifest, package), pins.get(package.lower())
        # 2.13.0+cpu is a build of 2.13.0
        if pinned and recorded and pinned not in (recorded, recorded.partition("+")[0]):
            return f"made with {package} {recorded}, and {REQUIREMENTS} asks for {pinned}"
    return None


def read_pins() -> dict[str, str]:
    """Return the versions that requirements.txt asks for, by names in lower case."""
    text = REQUIREMENTS.read_text() if REQUIREMENTS.is_file() else ""
    return {name.lower(): version for name, version in PIN.findall(text)}


def _recorded(manifest: Manifest, name: str) -> str | None:
    return manifest.python if name == "python" else manifest.packages.get(name)
