"""Studies: one question each, a grid of cells, the methods and seeds that answer it."""

from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relaxpen.experiment.catalog import FIGURES, TABLES
from relaxpen.experiment.settings import (
    METHODS,
    SOURCE_DEFAULTS,
    Settings,
    SettingsError,
    resolve,
    unknown,
)

Scalar = bool | int | float | str | None


class Study(BaseModel):
    """What a study file says; a cell is one point of the grid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    fixed: dict[str, Scalar] = {}
    fixed_by_source: dict[str, dict[str, Scalar]] = {}
    grid: dict[str, list[Scalar]] = {}
    methods: list[Literal[METHODS]] = ["relax_penalize"]
    references: bool = True
    seeds: list[int] = Field(min_length=1)
    targets: list[float | Literal["noisy"]] = Field(["noisy"], min_length=1)
    figures: list[Literal[tuple(FIGURES)]] = []
    tables: list[Literal[tuple(TABLES)]] = []
    means_nothing: bool = False


class Cell(BaseModel):
    """One point of a grid: its name, made of what is swept, and its complete settings."""

    model_config = ConfigDict(frozen=True)

    instance: str  # swept data settings, such as "source=mnist,noise_rate=0.2"
    name: str  # the other swept settings, such as "num_steps=5"
    overrides: dict[str, Scalar]  # what differs from the defaults
    settings: Settings


def load_study(path: Path) -> Study:
    """Read a study file; raises SettingsError on anything that is not as Study says."""
    try:
        text = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        raise SettingsError(unknown("study", path.stem, known)) from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {error}") from None
    try:
        study = Study.model_validate(text)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error)}") from None
    _check_lists(path, study)
    return study


def cells(study: Study) -> list[Cell]:
    """Return the cells of the grid in order; raises SettingsError on the first bad setting."""
    return [
        _cell(study, dict(zip(study.grid, point, strict=True)))
        for point in product(*study.grid.values())
    ]


def _cell(study: Study, point: dict[str, Scalar]) -> Cell:
    source = point.get("data.source", study.fixed.get("data.source", "synthetic"))
    overrides = study.fixed | study.fixed_by_source.get(source, {}) | point
    overrides["data.source"] = source
    swept = {key: f"{key.split('.')[-1]}={_plain(value)}" for key, value in point.items()}
    data = [text for key, text in swept.items() if key.startswith("data.")]
    rest = [text for key, text in swept.items() if not key.startswith("data.")]
    return Cell(
        instance=",".join(data) or "data",
        name=",".join(rest) or "cell",
        overrides=dict(sorted(overrides.items())),
        settings=resolve(overrides),
    )


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_lists(path: Path, study: Study) -> None:
    lists = {f"grid {key}": values for key, values in study.grid.items()}
    lists |= {"seeds": study.seeds, "methods": study.methods}
    for name, values in lists.items():
        if name.startswith("grid") and not values:
            raise SettingsError(f"{path}: {name} is empty; expected at least one value")
        if len(set(map(str, values))) < len(values):
            raise SettingsError(f"{path}: {name} names a value twice: {values}")
    for source in study.fixed_by_source:
        if source not in SOURCE_DEFAULTS:
            raise SettingsError(f"{path}: {unknown('source', source, list(SOURCE_DEFAULTS))}")
    fixed = set(study.fixed).union(*study.fixed_by_source.values())
    for key in fixed & study.grid.keys():
        raise SettingsError(f"{path}: {key!r} is both fixed and in the grid")
    if "relax_round" in study.methods and "relax_penalize" not in study.methods:
        raise SettingsError(
            f"{path}: relax_round takes its number of steps from relax_penalize; add it to methods"
        )


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        key = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            lines.append(unknown("key", key, list(Study.model_fields)))
        else:
            lines.append(f"{key} is {fault['input']!r}: {fault['msg']}")
    return "; ".join(lines)
