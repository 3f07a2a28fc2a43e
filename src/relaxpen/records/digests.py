"""The one JSON text of a value, and its digest."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(settings: BaseModel) -> str:
    """Return the SHA-256 of complete settings, a hexadecimal string."""
    return hashlib.sha256(canonical(settings.model_dump()).encode()).hexdigest()
