"""Loading a claims file, every word of it checked before anything is computed."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from relaxpen.claims.claims_file import Check, Claim, Claims, Group, Selection
from relaxpen.claims.measures import MEASURES
from relaxpen.experiment.catalog import FIGURES
from relaxpen.experiment.settings import SettingsError, unknown
from relaxpen.experiment.studies import UniqueKeys, cells, load_study

MASKS = {"references": ["noisy", "oracle", "validation_only"], "relax_round": ["nearest", "budget"]}


@dataclass(frozen=True)
class _Runs:
    """What a study has."""

    cells: set[tuple[str, float, int]]
    methods: list[str]
    references: bool
    shown: list[str]


def load_claims(path: Path) -> Claims:
    """Read a claims file and check it against the study files in studies/ beside it.

    Raises SettingsError, one sentence, on anything that is not as Claims says, an unknown measure or
    study, an id that stands twice, and a cell, method or figure that its study does not have.
    """
    try:
        claims = Claims.model_validate(yaml.load(path.read_text(), Loader=UniqueKeys))
        _check(claims, {name: _runs(path, name) for name in claims.studies})
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error)}") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    return claims


def evidence_path(name: str) -> str:
    """Return the file that study/figure or study/table names, from the repository's root."""
    study, _, shown = name.partition("/")
    if shown in FIGURES:
        return f"figures/{study}/{shown}.png"
    return f"results/{study}/tables/{shown}.md"


def _runs(path: Path, name: str) -> _Runs:
    study = load_study(path.parent / "studies" / f"{name}.yaml")
    every = [cell.settings for cell in cells(study)]
    return _Runs(
        {(one.data.source, one.data.noise_rate, one.lower.num_steps) for one in every},
        [*study.methods, *(["references"] if study.references else [])],
        study.references,
        [*study.tables, *study.figures],
    )


def _check(claims: Claims, studies: dict[str, _Runs]) -> None:
    ids = [claim.id for claim in claims.claims]
    for claim in claims.claims:
        if ids.count(claim.id) > 1:
            raise SettingsError(f"the id {claim.id!r} stands twice")
        for check in claim.checks:
            _check_check(claim, check, studies)
        for name in claim.evidence:
            study, _, shown = name.partition("/")
            if study not in studies or shown not in studies[study].shown:
                raise SettingsError(f"claim {claim.id} rests on {name!r}, which no study makes")


def _check_check(claim: Claim, check: Check, studies: dict[str, _Runs]) -> None:
    where = f" in claim {claim.id}"
    if check.measure not in MEASURES:
        raise SettingsError(unknown("measure", check.measure, list(MEASURES), where))
    for group, other in check.pairs():
        if group == other:
            raise SettingsError(f"claim {claim.id} compares {group} with itself")
        for one in filter(None, (group, other)):
            _check_group(check, one, studies[one.study], where)


def _check_group(check: Check, group: Group, runs: _Runs, where: str) -> None:
    """Refuse runs that the study does not have, and what cannot be measured on them."""
    for num_steps in group.num_steps:
        if (group.source, group.noise_rate, num_steps) not in runs.cells:
            cell = f"{group.source}, noise_rate={group.noise_rate:g}, num_steps={num_steps}"
            raise SettingsError(f"study {group.study} has no cell {cell}{where}")
    if group.method not in runs.methods:
        raise SettingsError(unknown("method", group.method, runs.methods, where))
    masks = MASKS.get(group.method, ["nearest"])
    if group.mask not in masks:
        raise SettingsError(unknown("mask", group.mask, masks, where))
    reads = MEASURES[check.measure].reads
    if group.method == "references" and reads != "summary":
        raise SettingsError(f"references have no trace to take {check.measure} from{where}")
    if reads == "references" and not runs.references:
        raise SettingsError(f"{check.measure} needs references: true in {group.study}{where}")


def _explain(error: ValidationError) -> str:
    """Return the first fault as one sentence."""
    fault = error.errors()[0]
    where = ".".join(map(str, fault["loc"])) or "the file"
    if fault["type"] == "extra_forbidden":
        models = (Claims, Claim, Check, Selection)
        known = list(dict.fromkeys(name for model in models for name in model.model_fields))
        return unknown("key", str(fault["loc"][-1]), known, f" at {where}")
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"
