"""Loading a claims file, every word of it checked before anything is computed."""

from pathlib import Path
from typing import Any

from relaxpen.claims.claims_file import Claims
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.known_runs import KnownContests, known_of
from relaxpen.claims.model import AnyCheck, AnyClaim, AnyClaims
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml
from relaxpen.records import layout
from relaxpen.tasks.all_tasks import TASKS

Known = dict[str, Any]  # KnownRuns or KnownContests, by the name of a study


def load_claims(path: Path) -> Claims | ContestClaims:
    """Read a claims file and check it against the files in studies/ beside it.

    One that names a ``group`` is on studies of that group. Raises SettingsError, one sentence, on
    anything that is not as Claims or ContestClaims says, an unknown measure or study, an id that
    stands twice, and a cell, method or figure that its study does not have.
    """
    values = read_yaml(path, "claims file")
    for key in values:
        if key not in ContestClaims.model_fields:
            raise SettingsError(f"{path}: {unknown('key', key, list(ContestClaims.model_fields))}")
    compares = "group" in values
    claims: Claims | ContestClaims = (
        validated(ContestClaims, values, path) if compares else validated(Claims, values, path)
    )
    try:
        _check(claims, _known(path.parent, claims, compares))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    return claims


def evidence_path(name: str) -> str:
    """Return the file that study/figure or study/table names, from the repository's root."""
    study, _, shown = name.partition("/")
    if any(shown in task.figures for task in TASKS.values()):
        return layout.figure(study, shown, "png")
    return layout.table(study, shown, "md")


def _known(config: Path, claims: AnyClaims[Any], compares: bool) -> Known:
    """Return what the studies that claims rest on have, each of a task that such claims can be on."""
    known = {name: known_of(config, name) for name in claims.studies}
    for name, study in known.items():
        if isinstance(study, KnownContests) != compares:
            of = "without a group" if compares else "with a group"
            raise SettingsError(
                f"study {name} is of a task on which claims {of} are; move the claim"
            )
    return known


def _check(claims: AnyClaims[Any], studies: Known) -> None:
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


def _check_check(claim: AnyClaim[Any], check: AnyCheck, studies: Known) -> None:
    where = f" in claim {claim.id}"
    if check.measure not in check.known:
        raise SettingsError(unknown("measure", check.measure, list(check.known), where))
    for group, other in check.pairs():
        if group == other:
            raise SettingsError(f"claim {claim.id} compares {group} with itself")
        for one in filter(None, (group, other)):
            studies[one.study].check(check, one, where)
