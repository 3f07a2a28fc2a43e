"""The JSON-LD contexts that the crate validator needs offline, where they are."""

import os
from pathlib import Path

import pytest

from pipeline import REPOSITORY
from relaxpen.audit.crate_validate import CONTEXTS

BESIDE = REPOSITORY.parent / "shared/ro-crate"
PAGES = Path(os.environ.get("RELAXPEN_RO_CRATE_CONTEXTS") or BESIDE)
needs_contexts = pytest.mark.skipif(
    not all((PAGES / name).is_file() for name in CONTEXTS.values()),
    reason=f"needs {', '.join(CONTEXTS.values())} in RELAXPEN_RO_CRATE_CONTEXTS",
)
