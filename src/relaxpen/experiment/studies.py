"""Studies: one question each, a grid of cells, the methods and seeds that answer it."""

from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from relaxpen.experiment.catalog import FIGURES, NEEDS, TABLES
from relaxpen.experiment.settings import (
    METHODS,
    SOURCE_DEFAULTS,
    TAKE_STEPS_OVER,
    Settings,
    digest,
    known_keys,
    resolve,
)
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import Closed, Scalar, refuse_twice, validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml


class Study(Closed):
    """What a study file says; a cell is one point of the grid."""

    description: str
    fixed: dict[str, Scalar] = Field({})
    fixed_by_source: dict[str, dict[str, Scalar]] = Field({})
    grid: dict[str, list[Scalar]] = Field({})
    methods: list[Literal[METHODS]] = Field(["relax_penalize"], min_length=1)
    references: bool = True
    seeds: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    targets: list[float | Literal["noisy", "halfway"]] = Field(["noisy"], min_length=1)
    figures: list[Literal[tuple(FIGURES)]] = Field([])
    tables: list[Literal[tuple(TABLES)]] = Field([])
    smoke: bool = False

    @model_validator(mode="after")
    def _lists(self) -> "Study":
        refuse_twice({f"grid {key}": values for key, values in self.grid.items()})
        return self


class Cell(BaseModel):
    """One point of a grid: its name, made of what is swept, and its complete settings."""

    model_config = ConfigDict(frozen=True)

    instance: str  # swept data settings, such as "source=mnist,noise_rate=0.2"
    name: str  # the other swept settings, such as "num_steps=5"
    overrides: dict[str, Scalar]  # what differs from the defaults
    settings: Settings


def load_study(path: Path) -> Study:
    """Read a study file; raises SettingsError on anything that is not as Study says."""
    study = validated(Study, read_yaml(path, "study"), path)
    _check_lists(path, study)
    return study


def cells(study: Study) -> list[Cell]:
    """Return the cells of the grid in order; raises SettingsError on the first bad setting."""
    found = [
        _cell(study, dict(zip(study.grid, point, strict=True)))
        for point in product(*study.grid.values())
    ]
    for names in (
        [digest(cell.settings) for cell in found],
        [f"{cell.instance}/{cell.name}" for cell in found],
    ):
        if len(set(names)) < len(found):
            raise SettingsError(f"two cells of the grid {study.grid} are the same")
    return found


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


def _sources(study: Study) -> list[Scalar]:
    """Return the data sources of the cells of a study."""
    return study.grid.get("data.source") or [study.fixed.get("data.source", "synthetic")]


def _plain(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _check_lists(path: Path, study: Study) -> None:
    for key, values in study.grid.items():
        if not values:
            raise SettingsError(f"{path}: grid {key} is empty; expected at least one value")
    for source, settings in study.fixed_by_source.items():
        if source not in SOURCE_DEFAULTS:
            raise SettingsError(f"{path}: {unknown('source', source, list(SOURCE_DEFAULTS))}")
        for key in settings:
            if key not in known_keys(source):
                raise SettingsError(f"{path}: {unknown('setting', key, known_keys(source))}")
        if source not in (there := _sources(study)):
            raise SettingsError(
                f"{path}: fixed_by_source has settings for {source}, and the data.source of the cells "
                f"is {' or '.join(map(str, there))}; leave them out, or put {source} in the grid"
            )
    for shown in (*study.tables, *study.figures):
        for method in NEEDS.get(shown, ()):
            if method not in study.methods:
                raise SettingsError(f"{path}: {shown} shows {method}; add it to methods")
    fixed = set(study.fixed).union(*study.fixed_by_source.values())
    for key in fixed & study.grid.keys():
        raise SettingsError(f"{path}: {key!r} is both fixed and in the grid")
    wanted = "targets" in study.tables or "figure_4_2" in study.figures
    if wanted and not study.references and {"noisy", "halfway"} & set(study.targets):
        raise SettingsError(f"{path}: the targets noisy and halfway need references: true")
    for method in set(TAKE_STEPS_OVER) & set(study.methods):
        if "relax_penalize" not in study.methods:
            raise SettingsError(
                f"{path}: {method} takes its number of steps from relax_penalize; add it to methods"
            )
