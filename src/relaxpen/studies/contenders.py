"""Contenders of comparisons: a method, the settings it always has, and the grid that is tried."""

from itertools import product
from typing import Any

from pydantic import Field, model_validator

from relaxpen.data.settings import DATA
from relaxpen.inputs.models import Closed, Overrides, Scalar, refuse_twice
from relaxpen.inputs.suggestions import unknown


class Contender(Closed):
    """A method: what it is called, the settings it always has, and those that are swept."""

    title: str
    fixed: Overrides
    by_source: dict[str, Overrides] = Field(
        {}
    )  # more of them on a data source; then on no other source
    grid: dict[str, list[Scalar]] = Field({})
    grid_by_source: dict[str, dict[str, list[Scalar]]] = Field(
        {}
    )  # other values of it on a data source
    num_seeds: int | None = Field(None, ge=1)  # the first of the study's, for what hardly varies

    @model_validator(mode="after")
    def _distinct(self) -> "Contender":
        for grid in (self.grid, *self.grid_by_source.values()):
            refuse_twice(grid)
        for key in ("by_source", "grid_by_source"):
            for source in getattr(self, key):
                if source not in DATA:
                    raise ValueError(unknown("data.source", source, list(DATA), f" in {key}"))
        sizes = {name: len(values) for name, values in self.grid.items()}
        for source, grid in self.grid_by_source.items():
            for name, values in grid.items():
                if sizes.get(name) != len(values):
                    raise ValueError(
                        f"grid_by_source of {source} gives {name} {len(values)} values where grid has "
                        f"{sizes.get(name, 'none')}: give as many, of settings of the grid"
                    )
        return self

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
