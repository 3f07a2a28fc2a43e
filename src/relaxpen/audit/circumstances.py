"""How what is here compares with what a result was made with, and what may be asked for then."""

from typing import TYPE_CHECKING, NamedTuple

from relaxpen.audit.versions import version_problem
from relaxpen.experiment.fingerprint import ENTRIES, fingerprint
from relaxpen.experiment.identity import machine_difference
from relaxpen.experiment.machine import torch_facts
from relaxpen.experiment.manifest import Manifest

if TYPE_CHECKING:
    import torch

AS_RECORDED = "as recorded"
WORDS = ("bitwise", "within tolerance", "different", "not compared")


class Verdict(NamedTuple):
    """How something that was made again compares with what is recorded of it."""

    name: str  # of the run, table or figure
    word: str  # one of WORDS
    how: str  # which comparison was made, and why not a stricter one
    code: str  # whether it is the recorded one
    seconds: float

    def line(self) -> str:
        """Return the verdict as a person reads it."""
        return f"{self.name}: {self.word} ({self.how}); code: {self.code}; {self.seconds:.1f} s"


def code_said(manifest: Manifest) -> str:
    """Return whether the code of a result is the one that is checked out."""
    here = fingerprint(manifest.rule) if manifest.rule in ENTRIES else "none"
    if here == manifest.code:
        return AS_RECORDED
    return f"another (recorded {manifest.code[:12]}, here {here[:12]})"


def not_bitwise(manifest: Manifest, device: "torch.device | None") -> str | None:
    """Return why the same bytes cannot be asked for here, None if they can.

    They can where the code, the packages, the machine and what it does with products are the recorded
    ones.
    """
    here = torch_facts(device) if device is not None else None
    return (
        version_problem(manifest)
        or machine_difference(manifest.machine, manifest.torch, here)
        or (None if code_said(manifest) == AS_RECORDED else "the code is another")
    )
