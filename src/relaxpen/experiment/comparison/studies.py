"""Comparisons: methods with chosen settings, or with every setting of a grid, on the same instances."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from relaxpen.experiment.comparison import checks
from relaxpen.experiment.comparison.catalog import FIGURES, TABLES
from relaxpen.experiment.comparison.contenders import (
    Chosen,
    Contender,
    Contenders,
    point_name,
    points_of,
)
from relaxpen.experiment.comparison.settings import AnyContest, resolve_comparison
from relaxpen.experiment.settings import digest
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import Closed, Overrides, Scalar, refuse_twice, validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml

FOLDER = Path("config/comparisons")
CONTENDERS = Path("config/contenders.yaml")
CHOSEN = Path("config/chosen.yaml")
GROUP = r"^[a-z0-9_-]{1,100}$"
METHOD = r"^[a-z0-9_.]{1,100}$"  # alpha_0.01


class Comparison(Closed):
    """What the file of a comparison says."""

    description: str
    group: str = Field(pattern=GROUP)  # made with others by make GROUP
    fixed: Overrides = Field({})
    grid: dict[str, list[Scalar]] = Field({})
    instances: list[Overrides] = Field([])  # in place of a grid
    shared: list[str] = Field([])  # contenders of config/contenders.yaml
    points: Literal["all", "chosen"] = "chosen"  # of the grids of the shared contenders
    methods: dict[Annotated[str, Field(pattern=METHOD)], Contender] = Field(
        {}
    )  # contenders of this study alone
    seeds: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    tables: list[Literal[tuple(TABLES)]] = Field([])
    figures: list[Literal[tuple(FIGURES)]] = Field([])
    smoke: bool = False

    @model_validator(mode="after")
    def _lists(self) -> "Comparison":
        if not self.shared and not self.methods:
            raise ValueError("a comparison needs methods: name some in shared or in methods")
        if self.grid and self.instances:
            raise ValueError("a comparison has either a grid or instances")
        refuse_twice(self.grid)
        if both := set(self.shared) & set(self.methods):
            raise ValueError(f"{sorted(both)} is both in shared and in methods")
        checks.refuse_names(self.group, self.methods)
        checks.refuse_contradictions(self.fixed, self.grid, self.methods)
        return self


class Contest(Closed):
    """One method on one instance at one point of its grid, and its complete settings."""

    instance: str  # swept settings of the study, such as "source=mnist,noise_rate=0.2"
    method: str  # the contender's name
    name: str  # its swept settings, such as "inner=0.1,outer=10.0", or "" if there are none
    swept: Overrides
    overrides: Overrides  # what differs from the defaults
    settings: AnyContest
    seeds: list[int]


def load_comparison(path: Path) -> Comparison:
    """Read the file of a comparison; raises SettingsError on anything that is not as Comparison says."""
    return validated(Comparison, read_yaml(path, "comparison"), path)


def contenders(study: Comparison, config: Path = Path()) -> dict[str, Contender]:
    """Return the methods of a comparison by name, those of config/contenders.yaml first.

    Raises SettingsError for a name that is not there, and for grids of different sizes.
    """
    shared = _shared(config) if study.shared else {}
    for name in study.shared:
        if name not in shared:
            raise SettingsError(unknown("contender", name, list(shared)))
    found = {name: shared[name] for name in study.shared}
    sizes = {name: len(points_of(one.grid)) for name, one in found.items() if one.grid}
    if study.points == "all" and len(set(sizes.values())) > 1:
        raise SettingsError(f"{CONTENDERS}: the grids must have one size to be fair; got {sizes}")
    return found | study.methods


def with_grids(config: Path = Path()) -> list[str]:
    """Return the names of all contenders of config/contenders.yaml that tuning has to try."""
    shared = _shared(config)
    return [name for name, one in shared.items() if one.grid]


def sources(study: Comparison) -> list[Path]:
    """Return the files beside its own that say what a comparison is."""
    tuned = [CHOSEN] if study.points == "chosen" else []
    return [CONTENDERS, *tuned] if study.shared else []


def contests(study: Comparison, config: Path = Path()) -> list[Contest]:
    """Return every contest of a comparison; raises SettingsError on the first bad setting.

    ``config`` is the folder in which config/contenders.yaml and config/chosen.yaml lie.
    """
    methods, found = contenders(study, config), []
    tuned = [name for name in study.shared if methods[name].grid]
    chosen = Chosen(tuned_by="", chosen={})
    if study.points == "chosen" and tuned:
        chosen = validated(Chosen, read_yaml(config / CHOSEN), config / CHOSEN)
    for point in study.instances or points_of(study.grid):
        for name, contender in methods.items():
            always = study.fixed | contender.fixed | point
            source = always.get("data.source")
            checks.refuse_no_name(name, source)
            if contender.by_source and source not in contender.by_source:
                continue
            always |= contender.by_source.get(source, {})
            swept = {point_name(one): one for one in contender.swept(source)}
            if study.points == "chosen" and name in tuned:
                noise_rate = always.get("data.noise_rate", 0.2)
                swept = {"": checks.chosen_point(chosen, name, contender, source, noise_rate)}
            for setting, one in swept.items():
                overrides = dict(sorted((always | one).items()))
                contest = Contest(
                    instance=point_name(point) or "data",
                    method=name,
                    name=setting,
                    swept=one,
                    overrides=overrides,
                    settings=_resolved(name, overrides),
                    seeds=study.seeds[: contender.num_seeds],
                )
                found.append(contest)
    if not found:
        raise SettingsError("no method runs on a data.source of the instances; see their by_source")
    checks.refuse_unsuitable([*study.tables, *study.figures], {one.settings.rule for one in found})
    seen = [(one.instance, digest(one.settings)) for one in found]
    if len(set(seen)) < len(seen):
        raise SettingsError("two contests of this comparison have the same settings")
    return found


def _resolved(name: str, overrides: Overrides) -> AnyContest:
    try:
        return resolve_comparison(overrides)
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from None


def _shared(config: Path) -> dict[str, Contender]:
    """Return the contenders of config/contenders.yaml."""
    path = config / CONTENDERS
    return validated(Contenders, read_yaml(path), path).contenders
