"""Comparisons: methods with chosen settings, or with every setting of a grid, on the same instances."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from relaxpen.experiment.comparison import checks
from relaxpen.experiment.comparison.catalog import FIGURES, TABLES
from relaxpen.experiment.comparison.contenders import (
    CLOSED,
    Chosen,
    Contender,
    Contenders,
    Overrides,
    point_name,
    points_of,
    refuse_twice,
)
from relaxpen.experiment.comparison.settings import AnyContest, resolve_comparison
from relaxpen.experiment.settings import SettingsError, digest, unknown
from relaxpen.experiment.studies import Scalar, UniqueKeys

Model = TypeVar("Model", bound=BaseModel)
FOLDER = Path("config/comparisons")
CONTENDERS = Path("config/contenders.yaml")
CHOSEN = Path("config/chosen.yaml")
GROUP = r"^[a-z0-9_-]+$"
METHOD = r"^[a-z0-9_.]+$"  # alpha_0.01


class Comparison(BaseModel):
    """What the file of a comparison says."""

    model_config = CLOSED

    description: str
    group: str = Field(pattern=GROUP)  # made with others by make GROUP
    fixed: Overrides = {}
    grid: dict[str, list[Scalar]] = {}
    instances: list[Overrides] = []  # in place of a grid
    shared: list[str] = []  # contenders of config/contenders.yaml
    points: Literal["all", "chosen"] = "chosen"  # of the grids of the shared contenders
    methods: dict[
        Annotated[str, Field(pattern=METHOD)], Contender
    ] = {}  # contenders of this study alone
    seeds: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    tables: list[Literal[tuple(TABLES)]] = []
    figures: list[Literal[tuple(FIGURES)]] = []
    smoke: bool = False

    @model_validator(mode="after")
    def _lists(self) -> "Comparison":
        if not self.shared and not self.methods:
            raise ValueError("a comparison needs methods: name some in shared or in methods")
        if self.grid and self.instances:
            raise ValueError("a comparison has either a grid or instances")
        refuse_twice(self.grid | {"seeds": self.seeds, "shared": self.shared})
        if both := set(self.shared) & set(self.methods):
            raise ValueError(f"{sorted(both)} is both in shared and in methods")
        checks.refuse_names(self.group, self.methods)
        checks.refuse_contradictions(self.fixed, self.grid, self.methods)
        return self


class Contest(BaseModel):
    """One method on one instance at one point of its grid, and its complete settings."""

    model_config = CLOSED

    instance: str  # swept settings of the study, such as "source=mnist,noise_rate=0.2"
    method: str  # the contender's name
    name: str  # its swept settings, such as "inner=0.1,outer=10.0", or "" if there are none
    swept: Overrides
    overrides: Overrides  # what differs from the defaults
    settings: AnyContest
    seeds: list[int]


def load_comparison(path: Path) -> Comparison:
    """Read the file of a comparison; raises SettingsError on anything that is not as Comparison says."""
    return _read(path, Comparison)


def contenders(study: Comparison, config: Path = Path()) -> dict[str, Contender]:
    """Return the methods of a comparison by name, those of config/contenders.yaml first.

    Raises SettingsError for a name that is not there, and for grids of different sizes.
    """
    shared = _read(config / CONTENDERS, Contenders).contenders if study.shared else {}
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
    shared = _read(config / CONTENDERS, Contenders).contenders
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
        chosen = _read(config / CHOSEN, Chosen)
    for point in study.instances or points_of(study.grid):
        for name, contender in methods.items():
            always = study.fixed | contender.fixed | point
            source = always.get("data.source")
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


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(yaml.load(path.read_text(), Loader=UniqueKeys))
    except FileNotFoundError:
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        raise SettingsError(f"{path} is not there; {unknown('file', path.stem, known)}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} is not YAML in UTF-8: {reason}") from None
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error, model)}") from None


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    lines = []
    for fault in error.errors():
        key = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            known = model if len(fault["loc"]) == 1 else Contender
            lines.append(unknown("key", str(fault["loc"][-1]), list(known.model_fields)))
        else:
            lines.append(f"{key or 'file'}: {fault['msg']}")
    return "; ".join(lines)
