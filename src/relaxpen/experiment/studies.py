"""Studies: one question each, a grid of cells, the methods and seeds that answer it."""

from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relaxpen.experiment.catalog import FIGURES, NEEDS, TABLES
from relaxpen.experiment.settings import (
    METHODS,
    SOURCE_DEFAULTS,
    TAKE_STEPS_OVER,
    Settings,
    SettingsError,
    digest,
    known_keys,
    resolve,
    unknown,
)

Scalar = bool | int | float | str | None


class Study(BaseModel):
    """What a study file says; a cell is one point of the grid."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    description: str
    fixed: dict[str, Scalar] = {}
    fixed_by_source: dict[str, dict[str, Scalar]] = {}
    grid: dict[str, list[Scalar]] = {}
    methods: list[Literal[METHODS]] = Field(["relax_penalize"], min_length=1)
    references: bool = True
    seeds: list[int] = Field(min_length=1)
    targets: list[float | Literal["noisy", "halfway"]] = Field(["noisy"], min_length=1)
    figures: list[Literal[tuple(FIGURES)]] = []
    tables: list[Literal[tuple(TABLES)]] = []
    smoke: bool = False


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
        text = yaml.load(path.read_text(), Loader=UniqueKeys)
    except FileNotFoundError:
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        raise SettingsError(unknown("study", path.stem, known)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} is not YAML in UTF-8: {reason}") from None
    try:
        study = Study.model_validate(text)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error)}") from None
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


class UniqueKeys(yaml.SafeLoader):
    """YAML in which a key may stand once: the usual loader silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"the key {key!r} stands twice")
        return super().construct_mapping(node, deep)


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
    return repr(value) if isinstance(value, float) else str(value)


def _check_lists(path: Path, study: Study) -> None:
    lists = {f"grid {key}": values for key, values in study.grid.items()}
    lists |= {"seeds": study.seeds, "methods": study.methods}
    for name, values in lists.items():
        if name.startswith("grid") and not values:
            raise SettingsError(f"{path}: {name} is empty; expected at least one value")
        if len(set(map(str, values))) < len(values):
            raise SettingsError(f"{path}: {name} names a value twice: {values}")
    for source, settings in study.fixed_by_source.items():
        if source not in SOURCE_DEFAULTS:
            raise SettingsError(f"{path}: {unknown('source', source, list(SOURCE_DEFAULTS))}")
        for key in settings:
            if key not in known_keys(source):
                raise SettingsError(f"{path}: {unknown('setting', key, known_keys(source))}")
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


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        key = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            lines.append(unknown("key", key, list(Study.model_fields)))
        else:
            lines.append(f"{key} is {fault['input']!r}: {fault['msg']}")
    return "; ".join(lines)
