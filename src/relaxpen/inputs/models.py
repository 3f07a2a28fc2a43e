"""What models of input share: no other key, no later change, no value named twice."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str | None
Overrides = dict[str, Scalar | list[Scalar]]


class Closed(BaseModel):
    """A model that cannot be changed, and that knows no other key."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refuse_twice(lists: Mapping[str, Sequence[Scalar]]) -> None:
    """Raise ValueError if one of the lists names a value twice."""
    for name, values in lists.items():
        if len(set(map(str, values))) < len(values):
            raise ValueError(f"{name} names a value twice: {values}")
