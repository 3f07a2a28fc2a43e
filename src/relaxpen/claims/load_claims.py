"""Loading a claims file, every word of it checked before anything is computed."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from relaxpen.claims.claims_file import Check, Claim, Claims, Selection
from relaxpen.claims.contests_file import ContestCheck, ContestClaim, ContestClaims, Entries
from relaxpen.claims.known_runs import KnownContests, KnownRuns
from relaxpen.claims.model import AnyCheck, AnyClaim, AnyClaims
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.suggestions import unknown
from relaxpen.inputs.yaml_files import UniqueKeys
from relaxpen.tasks import all_tasks as compared
from relaxpen.tasks.thesis import catalog

PARTS = {
    Claims: (Claims, Claim, Check, Selection),
    ContestClaims: (ContestClaims, ContestClaim, ContestCheck, Entries),
}
FIGURES = catalog.FIGURES | compared.FIGURES
Known = dict[str, KnownRuns] | dict[str, KnownContests]


def load_claims(path: Path) -> Claims | ContestClaims:
    """Read a claims file and check it against the files in studies/ or comparisons/ beside it.

    One that names a ``group`` is on comparisons. Raises SettingsError, one sentence, on anything that
    is not as Claims or ContestClaims says, an unknown measure or study, an id that stands twice, and a
    cell, method or figure that its study does not have.
    """
    try:
        values = yaml.load(path.read_text(), Loader=UniqueKeys)
        compares = isinstance(values, dict) and "group" in values
        model, known = (ContestClaims, KnownContests) if compares else (Claims, KnownRuns)
        claims = model.model_validate(values)
        _check(claims, {name: known.of(path.parent, name) for name in claims.studies})
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error, model)}") from None
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


def _explain(error: ValidationError, model: type[AnyClaims]) -> str:
    """Return the first fault as one sentence, a key of the file itself that is unknown before others."""
    faults = error.errors()
    fault = next((one for one in faults if _is_unknown(one) and len(one["loc"]) == 1), faults[0])
    where = ".".join(map(str, fault["loc"])) or "the file"
    if _is_unknown(fault):
        parts = PARTS[model] if len(fault["loc"]) > 1 else (ContestClaims,)
        known = list(dict.fromkeys(name for part in parts for name in part.model_fields))
        return unknown("key", str(fault["loc"][-1]), known, f" at {where}")
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"


def _is_unknown(fault: Any) -> bool:
    return fault["type"] == "extra_forbidden"
