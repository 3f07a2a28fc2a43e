"""From a study to its points: each method on each instance at each setting."""

from pathlib import Path
from typing import Any

from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Overrides
from relaxpen.inputs.suggestions import unknown
from relaxpen.records.digests import digest
from relaxpen.studies.contenders import (
    CONTENDERS,
    Chosen,
    Contender,
    chosen_point,
    chosen_points,
    point_name,
    points_of,
    shared_contenders,
)
from relaxpen.studies.study import Study
from relaxpen.tasks.resolve import DEFAULT_SOURCE, resolve
from relaxpen.tasks.task import REFERENCES, Point
from relaxpen.tasks.thesis.methods import TAKE_STEPS_OVER

# What the references depend on: they take no lower-level steps and no directions.
REFERENCE_KEYS = ("data.", "lower.ridge", "precision")


def expand(study: Study, root: Path = Path()) -> list[Point]:
    """Return every point of a study, in order; raises SettingsError on the first bad setting.

    ``root`` is the folder of the project, in which config/contenders.yaml and config/chosen.yaml lie.
    """
    by_cell = study.of_task.names_methods_alone
    points = _cells(study) if by_cell else _contests(study, root)
    if not points:
        raise SettingsError("no method runs on a data.source of the instances; see their by_source")
    seen = [(one.instance, by_cell and one.method, digest(one.settings)) for one in points]
    if len(set(seen)) < len(points) or len({one.folder for one in points}) < len(points):
        raise SettingsError("two points of this study have the same settings")
    return points


def contenders(study: Study, root: Path = Path()) -> dict[str, Contender]:
    """Return the methods of a study by name, those of config/contenders.yaml first.

    Raises SettingsError for a name that is not there, and for grids of different sizes.
    """
    shared = shared_contenders(root) if study.shared else {}
    for name in study.shared:
        if name not in shared:
            raise SettingsError(unknown("contender", name, list(shared)))
    chosen = {name: shared[name] for name in study.shared}
    sizes = {name: len(points_of(one.grid)) for name, one in chosen.items() if one.grid}
    if study.points == "all" and len(set(sizes.values())) > 1:
        raise SettingsError(f"{CONTENDERS}: the grids must have one size to be fair; got {sizes}")
    return chosen | study.methods


def _cells(study: Study) -> list[Point]:
    """Return the points of a study that sweeps cells, on which every method is run."""
    points: list[Point] = []
    references: dict[str, Point] = {}
    for swept in points_of(study.grid):
        source = swept.get("data.source", study.fixed.get("data.source", DEFAULT_SOURCE))
        own = study.fixed_by_source.get(source, {}) if isinstance(source, str) else {}
        given = study.fixed | own | swept
        overrides = dict(sorted((given | {"data.source": source}).items()))
        of_data = {key: value for key, value in swept.items() if key.startswith("data.")}
        rest = {key: value for key, value in swept.items() if key not in of_data}
        instance, cell = point_name(of_data) or "data", point_name(rest) or "cell"
        points += [_of_cell(study, instance, cell, method, overrides) for method in study.methods]
        if study.references:
            one = _of_references(study, instance, overrides)
            if instance not in references:
                points.append(one)
            if references.setdefault(instance, one).settings != one.settings:
                raise SettingsError(
                    "lower.ridge or precision is swept, on which the references depend: set "
                    "references: false, or write a study for each"
                )
    return points


def _of_cell(study: Study, instance: str, cell: str, method: str, overrides: Overrides) -> Point:
    settings = resolve(study.of_task, overrides)
    columns = {
        "instance": instance,
        "source": settings.data.source,
        "noise_rate": settings.data.noise_rate,
        "num_steps": settings.lower.num_steps,
        "cell": cell,
        "method": method,
    }
    taken = f"{instance}/{cell}/relax_penalize" if method in TAKE_STEPS_OVER else None
    return Point(
        instance=instance,
        method=method,
        name=cell,
        folder=f"{instance}/{cell}/{method}",
        title=study.methods[method].title,
        swept={},
        overrides=overrides,
        settings=settings,
        seeds=tuple(study.seeds),
        columns=columns,
        steps_of=taken,
    )


def _of_references(study: Study, instance: str, overrides: Overrides) -> Point:
    own = {key: value for key, value in overrides.items() if key.startswith(REFERENCE_KEYS)}
    settings = resolve(study.of_task, own)
    columns = {
        "instance": instance,
        "source": settings.data.source,
        "noise_rate": settings.data.noise_rate,
        "num_steps": None,
        "cell": None,
        "method": REFERENCES,
    }
    return Point(
        instance=instance,
        method=REFERENCES,
        name="",
        folder=f"{instance}/{REFERENCES}",
        title=REFERENCES,
        swept={},
        overrides=own,
        settings=settings,
        seeds=tuple(study.seeds),
        columns=columns,
    )


def _contests(study: Study, root: Path) -> list[Point]:
    """Return the points of a study whose methods have settings of their own."""
    methods, points = contenders(study, root), []
    tuned = [name for name in study.shared if methods[name].grid and study.points == "chosen"]
    chosen = chosen_points(root) if tuned else Chosen(tuned_by="", chosen={})
    for instance in study.instances or points_of(study.grid):
        for name, contender in methods.items():
            fixed = study.fixed | contender.fixed | instance
            source = fixed.get("data.source")
            if not isinstance(source, str):
                raise SettingsError(f"{name}: data.source is {shown(source)}; expected one name")
            if contender.by_source and source not in contender.by_source:
                continue
            fixed |= study.fixed_by_source.get(source, {})
            fixed |= contender.by_source.get(source, {})
            swept = {point_name(one): one for one in contender.swept(source)}
            if name in tuned:
                noise_rate = fixed.get("data.noise_rate", 0.2)
                swept = {"": chosen_point(chosen, name, contender, source, noise_rate)}
            for setting, one in swept.items():
                where = (point_name(instance) or "data", name, setting)
                points.append(_contest(study, where, contender, one, fixed | one))
    return points


def _contest(
    study: Study,
    where: tuple[str, str, str],
    contender: Contender,
    swept: Overrides,
    overrides: Overrides,
) -> Point:
    """Return the point of a method on an instance with a setting, by their names."""
    instance, method, setting = where
    settings = _resolved(study, method, overrides)
    data: Any = settings.data
    columns = {
        "instance": instance,
        "source": data.source,
        "noise_rate": getattr(data, "noise_rate", None),
        "num_validation": getattr(data, "num_validation", None),
        "method": method,
        "title": contender.title,
        "setting": setting,
    }
    return Point(
        instance=instance,
        method=method,
        name=setting,
        folder="/".join(filter(None, (instance, method, setting))),
        title=contender.title,
        swept=swept,
        overrides=dict(sorted(overrides.items())),
        settings=settings,
        seeds=tuple(study.seeds[: contender.num_seeds]),
        columns=columns,
    )


def _resolved(study: Study, method: str, overrides: Overrides) -> Any:
    try:
        return resolve(study.of_task, overrides)
    except SettingsError as error:
        raise SettingsError(f"{method}: {error}") from None
