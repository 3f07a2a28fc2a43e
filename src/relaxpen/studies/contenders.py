"""Contenders of studies: a method, the settings it always has, and the grid that is tried."""

from itertools import product
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import Closed, Overrides, Scalar, refuse_twice, validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml

CONTENDERS = Path("config/contenders.yaml")
CHOSEN = Path("config/chosen.yaml")


class Contender(Closed):
    """A method: what it is called, the settings it always has, and those that are swept."""

    title: str
    fixed: Overrides
    # More of them on a data source; then on no other source.
    by_source: dict[str, Overrides] = Field({})
    grid: dict[str, list[Scalar]] = Field({})
    # Other values of it on a data source.
    grid_by_source: dict[str, dict[str, list[Scalar]]] = Field({})
    num_seeds: int | None = Field(None, ge=1)  # the first of the study's, for what hardly varies

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for grid in (self.grid, *self.grid_by_source.values()):
            refuse_twice(grid)
        for key in sorted(set(self.fixed).union(*self.by_source.values()) & set(self.grid)):
            raise ValueError(f"{key} is both fixed and in its grid")
        for key, values in self.grid.items():
            if not values:
                raise ValueError(f"{key} has no values; give at least one")
        for key in ("by_source", "grid_by_source"):
            for source in getattr(self, key):
                if source not in SOURCES:
                    raise ValueError(unknown("data.source", source, list(SOURCES), f" in {key}"))
        sizes = {name: len(values) for name, values in self.grid.items()}
        for source, grid in self.grid_by_source.items():
            for name, values in grid.items():
                if sizes.get(name) != len(values):
                    raise ValueError(
                        f"grid_by_source of {source} gives {name} {len(values)} values where grid has "
                        f"{sizes.get(name, 'none')}: give as many, of settings of the grid"
                    )
        return self

    def keys(self) -> set[str]:
        """Return every key that it sets."""
        return set(self.fixed).union(self.grid, *self.by_source.values())

    def swept(self, source: Any) -> list[Overrides]:
        """Return every point of its grid on a data source."""
        return points_of(self.grid | self.grid_by_source.get(source, {}))


class Contenders(Closed):
    """config/contenders.yaml: the methods that studies share, with the grids that tuning tries."""

    contenders: dict[str, Contender]


class Chosen(Closed):
    """config/chosen.yaml: by contender, source and noise rate, the point of the grid tuning chose."""

    tuned_by: str  # the study
    chosen: dict[str, dict[str, dict[float, Overrides]]]


def points_of(grid: dict[str, list[Scalar]]) -> list[Overrides]:
    """Return every point of a grid, in order; a grid of nothing has one point."""
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def point_name(point: Overrides) -> str:
    """Return what a point is called, such as "inner=0.1,outer=10.0"."""
    parts = [f"{key.split('.')[-1]}={_plain(value)}" for key, value in point.items()]
    return ",".join(parts)


def _plain(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def shared_contenders(root: Path = Path()) -> dict[str, Contender]:
    """Return the contenders that studies share, of the project in a folder."""
    path = root / CONTENDERS
    return validated(Contenders, read_yaml(path), path).contenders


def with_grids(root: Path = Path()) -> list[str]:
    """Return the names of all shared contenders that tuning has to try."""
    return [name for name, one in shared_contenders(root).items() if one.grid]


def chosen_points(root: Path = Path()) -> Chosen:
    """Return what tuning chose, of the project in a folder."""
    return validated(Chosen, read_yaml(root / CHOSEN), root / CHOSEN)


def chosen_point(
    chosen: Chosen, name: str, contender: Contender, source: Any, noise_rate: Any
) -> Overrides:
    """Return the point of its grid that tuning chose for a method on an instance.

    Raises SettingsError if nothing was chosen, or what is written there is not on the grid.
    """
    try:
        point = chosen.chosen[name][source][noise_rate]
    except (KeyError, TypeError):  # or a list, which no key is
        raise SettingsError(
            f"{CHOSEN} has no settings for {name} on {source} at noise {noise_rate}; run make tuning"
        ) from None
    if point not in contender.swept(source):
        raise SettingsError(
            f"{CHOSEN} has for {name} on {source} at noise {noise_rate} {point}, no point of its "
            "grid; run make tuning"
        )
    return point
