"""Rules: what makes results, and where its code begins."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relaxpen.records.fingerprint import fingerprint, packages


@dataclass(frozen=True)
class Rule:
    """What makes results: its name in manifests, and the dotted names where its code begins."""

    name: str
    entries: tuple[str, ...]
    given: tuple[str, ...] = ()  # values from the list that names the entries

    @property
    def code(self) -> str:
        """The SHA-256 of the definitions behind it, and of the values that are given to them."""
        code = fingerprint(self.entries)
        return hashlib.sha256(repr((code, self.given)).encode()).hexdigest() if self.given else code

    @property
    def versions(self) -> dict[str, str | None]:
        """The version of every package that its code uses; None where it is not installed."""
        return packages(self.entries)

    def planned(self) -> list[str]:
        """Return what Snakemake runs it again for: its code, and the versions it uses."""
        return [self.code, *(f"{name}=={version}" for name, version in self.versions.items())]


def name_of(definition: Callable[..., Any] | type) -> str:
    """Return the dotted name of a function or a class."""
    return f"{definition.__module__}.{definition.__qualname__}"
