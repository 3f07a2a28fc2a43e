"""Whether a packed crate is as the profile of Provenance Run Crates wants it, and unchanged."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import services
from rocrate_validator.models import CheckIssue, Severity, ValidationSettings
from urllib3 import HTTPResponse

from relaxpen.audit.bag import bag_problem
from relaxpen.inputs.errors import DataError

PROFILE = "provenance-run-crate-0.5"
CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": "ro-crate-1.1-context.jsonld",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow-run-context.jsonld",
}
WANTED = {"Accept": "application/ld+json, application/json"}


@dataclass(frozen=True)
class Verdict:
    """What was found in a packed crate."""

    bag: str | None  # what is wrong with the bag
    counts: dict[str, tuple[int, int]]  # required and recommended checks: passed, of all
    findings: list[str]

    @property
    def valid(self) -> bool:
        """Whether the bag is unchanged and every required check passed."""
        passed, total = self.counts["required"]
        return self.bag is None and passed == total

    def lines(self) -> list[str]:
        """Return the verdict as a person reads it."""
        counts = [f"{name} {passed}/{total}" for name, (passed, total) in self.counts.items()]
        bag = f"NOT valid: {self.bag}" if self.bag else "valid"
        return [f"bag: {bag}", f"checks of {PROFILE}: {', '.join(counts)}", *self.findings]


def validate(folder: Path, contexts: Path | None = None) -> Verdict:
    """Check a bag and the crate in it; as ``check_bag`` and ``check_profile`` one after the other."""
    return Verdict(check_bag(folder), *check_profile(folder, contexts))


def check_bag(folder: Path) -> str | None:
    """Return what is wrong with a bag, None if nothing is; needs no network.

    Raises DataError if the folder holds no crate.
    """
    if not (folder / "data/ro-crate-metadata.json").is_file():
        raise DataError(f"{folder} is no bag with a crate in it; relaxpen crate --out makes one")
    return bag_problem(folder)


def check_profile(
    folder: Path, contexts: Path | None = None
) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Return how many checks of the profile the crate in a bag passes, and what was found.

    ``contexts`` is a folder with the JSON-LD contexts that crates refer to; without it they are
    fetched. Raises DataError if a context is not to be had.
    """
    with _cache(contexts) as place:
        settings = ValidationSettings(
            rocrate_uri=str(folder / "data"),
            profile_identifier=PROFILE,
            requirement_severity=Severity.RECOMMENDED,
            offline=True,
            cache_path=place,
        )
        result = services.validate(settings)
    passed, counts = set(result.statistics.passed_checks), {}
    for severity in (Severity.REQUIRED, Severity.RECOMMENDED):
        checks = result.statistics.checks_by_severity[severity]
        counts[severity.name.lower()] = (len(checks & passed), len(checks))
    return counts, _told(result.issues)


class _Pages(HTTPAdapter):
    """The network, as far as these pages go."""

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        body = (self.folder / CONTEXTS[str(request.url)]).open("rb")
        headers = {"Content-Type": "application/ld+json"}
        page = HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, page)


@contextmanager
def _cache(contexts: Path | None) -> Iterator[Path]:
    """Yield the place of a cache of web pages that holds the contexts, from a folder or fetched."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "pages"
        with CachedSession(str(place), backend="sqlite", expire_after=-1) as session:
            if contexts is not None:
                session.mount("https://", _Pages(contexts))
            for url, name in CONTEXTS.items():
                try:
                    session.get(url, headers=WANTED, timeout=60).raise_for_status()
                except (RequestException, OSError) as error:
                    raise DataError(
                        f"{url} is not to be had ({type(error).__name__}); give --contexts FOLDER "
                        f"with this page as {name}"
                    ) from None
        yield place


def _told(issues: Iterable[CheckIssue]) -> list[str]:
    """Return a line for each check that found something, with some of what it found it in."""
    found: dict[str, list[str]] = {}
    for issue in issues:
        text = f"{issue.severity.name} {issue.check.identifier}: {issue.message}"
        where = issue.violatingPropertyValue or issue.violatingEntity
        found.setdefault(text, []).append(str(where))
    return [f"{text}: {', '.join(sorted(set(where)))}" for text, where in sorted(found.items())]
