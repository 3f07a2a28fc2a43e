"""Loading a claims file, every word of it checked before anything is computed."""

from pathlib import Path

from relaxpen.claims.claims_file import Claims
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.known_runs import KnownContests, KnownRuns
from relaxpen.claims.model import AnyCheck, AnyClaim, AnyClaims
from relaxpen.experiment import catalog
from relaxpen.experiment.comparison import catalog as compared
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import validated
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import read_yaml

FIGURES = catalog.FIGURES | compared.FIGURES
Known = dict[str, KnownRuns] | dict[str, KnownContests]


def load_claims(path: Path) -> Claims | ContestClaims:
    """Read a claims file and check it against the files in studies/ or comparisons/ beside it.

    One that names a ``group`` is on comparisons. Raises SettingsError, one sentence, on anything that
    is not as Claims or ContestClaims says, an unknown measure or study, an id that stands twice, and a
    cell, method or figure that its study does not have.
    """
    values = read_yaml(path, "claims file")
    for key in values:
        if key not in ContestClaims.model_fields:
            raise SettingsError(f"{path}: {unknown('key', key, list(ContestClaims.model_fields))}")
    compares = "group" in values
    model, known = (ContestClaims, KnownContests) if compares else (Claims, KnownRuns)
    claims = validated(model, values, path)
    try:
        _check(claims, {name: known.of(path.parent, name) for name in claims.studies})
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    return claims


def evidence_path(name: str) -> str:
    """Return the file that study/figure or study/table names, from the repository's root."""
    study, _, shown = name.partition("/")
    if shown in FIGURES:
        return f"figures/{study}/{shown}.png"
    return f"results/{study}/tables/{shown}.md"


def _check(claims: AnyClaims, studies: Known) -> None:
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


def _check_check(claim: AnyClaim, check: AnyCheck, studies: Known) -> None:
    where = f" in claim {claim.id}"
    if check.measure not in check.known:
        raise SettingsError(unknown("measure", check.measure, list(check.known), where))
    for group, other in check.pairs():
        if group == other:
            raise SettingsError(f"claim {claim.id} compares {group} with itself")
        for one in filter(None, (group, other)):
            studies[one.study].check(check, one, where)
