"""What models of input share: no other key, no later change, types as written, no value twice."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.suggestions import unknown

Scalar = bool | int | float | str | None
Overrides = dict[str, Scalar | list[Scalar]]
LARGEST = 2**32 - 1  # whole number, of seeds and of counts: the largest seed of NumPy
TWICE = "names a value twice"
MOST_FAULTS = 3  # in one sentence
# What pydantic adds to the place of a fault where a value may be of several types.
TYPE = re.compile(r"bool|int|float|str|(list|tuple|dict|nullable|constrained|literal)\[.*")


class Closed(BaseModel):
    """A model that cannot be changed, and that knows no other key.

    Types are as written: neither True nor 3.0 nor "3" is a whole number. A list names no value twice;
    where values may repeat, a field is a tuple.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    @field_validator("*", mode="after")
    @classmethod
    def _in_bounds(cls, value: Any) -> Any:
        refuse_large(value)
        if isinstance(value, list):
            _refuse_twice(value)
        return value


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], values: Any, name: object) -> Model:
    """Return values as a model; raises SettingsError, a sentence that begins with their name."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{name}: {explain(error, model)}") from None


def explain(
    error: ValidationError, model: type[BaseModel], hidden: Collection[str] = (), root: str = ""
) -> str:
    """Return what is wrong with the values of a model, a part of the sentence for each fault.

    ``hidden`` are names of models among alternatives: they are no part of a place. ``root`` is what
    all of the values are called.
    """
    faults: dict[str, list[Any]] = {}
    for fault in error.errors():
        parts = [str(part) for part in fault["loc"] if part not in hidden]
        parts = [part for part in parts if not TYPE.fullmatch(part)]
        faults.setdefault(".".join(parts) or root, []).append(fault)
    texts = [_explain(key, several, model) for key, several in faults.items()]
    more = f"; and {len(texts) - MOST_FAULTS} more" if len(texts) > MOST_FAULTS else ""
    return "; ".join(texts[:MOST_FAULTS]) + more


def refuse_twice(lists: Mapping[str, Sequence[Any]]) -> None:
    """Raise ValueError if one of the lists names a value twice."""
    for name, values in lists.items():
        try:
            _refuse_twice(values)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None


def refuse_large(value: Any) -> None:
    """Raise ValueError for a whole number beyond LARGEST, alone or inside of lists and mappings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            refuse_large(part)
    elif isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError(f"{shown(value)} is too large; give a whole number of at most {LARGEST}")


def _refuse_twice(values: Sequence[Any]) -> None:
    seen = [_comparable(value) for value in values]
    if len(set(seen)) < len(seen):
        raise ValueError(f"{TWICE}: {shown(values)}; give each once")


def _comparable(value: Any) -> str:
    """Return a text that is the same for the same value: 1 and 1.0 are, 1 and True are not."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return repr(float(value)) if is_number else repr(value)


def _explain(key: str, faults: list[Any], model: type[BaseModel]) -> str:
    fault = faults[0]
    if fault["type"] == "extra_forbidden":
        *above, last = map(str, fault["loc"])
        where = f" in {'.'.join(above)}" if above else ""
        return unknown("key", last, _keys_at(model, above), where)
    if fault["type"] == "missing":
        return f"{key} is missing; give it a value"
    if fault["type"] == "value_error":
        text = str(fault["ctx"]["error"])
        colon = "" if text.startswith(TWICE) else ":"
        return f"{key}{colon} {text}" if key else text
    expected = " or ".join(dict.fromkeys(fault["msg"] for fault in faults))
    return f"{key or 'it'} is {shown(fault['input'])}: {expected}"


def _keys_at(model: type[BaseModel], place: list[str]) -> list[str]:
    """Return the keys that a model knows at a place inside of it."""
    models = [model]
    for part in place:
        fields = [one.model_fields[part] for one in models if part in one.model_fields]
        models = [one for field in fields for one in _models_in(field.annotation)] or models
    return list(dict.fromkeys(name for one in models for name in one.model_fields))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _models_in(part)]
