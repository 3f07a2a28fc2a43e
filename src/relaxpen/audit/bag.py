"""Results as a BagIt bag that holds a crate: packed whole or not at all, and validated."""

import logging
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit

import relaxpen
from relaxpen.audit.chain import Chain, load_chain
from relaxpen.audit.crate import README, REQUIREMENTS, WORKFLOW, build_crate
from relaxpen.audit.crate_graph import About, CrateGraph
from relaxpen.audit.crate_jobs import CrateJob, crate_jobs
from relaxpen.audit.store import FOLDERS, live
from relaxpen.audit.verify import verify
from relaxpen.experiment.fingerprint import PACKAGE
from relaxpen.inputs.errors import DataError

SOURCE_FILES = (WORKFLOW, README, REQUIREMENTS, "environment.yml", "pyproject.toml")
SOURCE_FOLDERS = ("config", "profiles", "workflow")
CODE = f"src/{PACKAGE.name}"
ORCID = re.compile(r"(\d{4}-){3}\d{3}[\dX]")
LICENCES = ("LICENSE*", "LICENCE*", "COPYING*")


@dataclass(frozen=True)
class Packed:
    """What went into a bag."""

    num_actions: int
    num_files: int
    num_bytes: int
    stale: list[str]  # in what the results are not of the code that was packed with them


def pack(out: Path, author: str | None, orcid: str | None, with_data: bool) -> Packed:
    """Write the results of the working folder, with their sources and provenance, as the bag ``out``.

    The data pool, which is large and is made again from its digest, goes along only
    ``with_data``. Raises DataError if there are no results, if they are not what their manifests
    say, or if ``out`` is not free to be written.
    """
    if orcid and not (author and ORCID.fullmatch(orcid)):
        raise DataError(f"the ORCID {orcid} needs --author and the form 0000-0000-0000-0000")
    chain, bad = load_chain(live())
    if not (chain.manifests or bad):
        raise DataError("there are no results here to pack; run make reproduce")
    report = verify(live())
    if report.broken:
        raise DataError(f"the results are not intact: {report.broken[0]}; see relaxpen verify")
    if not Path(WORKFLOW).is_file():
        raise DataError(f"there is no {WORKFLOW} here; pack from the root of the repository")
    jobs = crate_jobs(chain)
    with _draft(out) as draft:
        _copy(chain, jobs, draft, with_data)
        about = _about(draft, author, orcid)
        build_crate(CrateGraph(draft, about), jobs).write(draft)
        info = {"Source-Organization": about.name, "External-Description": about.description}
        made = _quietly(bagit.make_bag, str(draft), info, checksums=["sha256"])
        num_bytes, _, num_files = made.info["Payload-Oxum"].partition(".")
    return Packed(len(jobs), int(num_files), int(num_bytes), report.stale)


def bag_problem(folder: Path) -> str | None:
    """Return why a folder is not a whole and unchanged bag, None if it is one."""
    try:
        _quietly(lambda: bagit.Bag(str(folder)).validate())
    except bagit.BagError as error:
        return " ".join(str(error).split())
    return None


@contextmanager
def _draft(out: Path) -> Iterator[Path]:
    """Yield a folder beside ``out`` that takes its name only if the block succeeds."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DataError(f"{out} is there already; give a folder that is empty or not there")
    if any(out.resolve().is_relative_to(Path(folder).resolve()) for folder in FOLDERS):
        raise DataError(f"{out} lies among the results that are packed; give a folder elsewhere")
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    try:
        draft.mkdir(parents=True)
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror}") from None
    try:
        yield draft
        os.replace(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(chain: Chain, jobs: list[CrateJob], draft: Path, with_data: bool) -> None:
    """Copy every result, every manifest and the sources that are there."""
    pools = {name for job in jobs if job.rule == "pool" for name in job.files if _is_pool(name)}
    results = {name for job in jobs for name in job.files} | set(chain.manifests)
    for name in sorted(results - (set() if with_data else pools)):
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, draft / name)
    for pattern in (*SOURCE_FILES, *LICENCES):
        for path in Path().glob(pattern):
            shutil.copyfile(path, draft / path)
    for folder in SOURCE_FOLDERS:
        if Path(folder).is_dir():
            shutil.copytree(folder, draft / folder)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(PACKAGE, draft / CODE, ignore=unwanted)


def _is_pool(name: str) -> bool:
    return name.endswith(".npz")


def _about(draft: Path, author: str | None, orcid: str | None) -> About:
    """Return what the crate says of itself, as far as pyproject.toml knows it."""
    file = draft / "pyproject.toml"
    project: dict[str, Any] = tomllib.loads(file.read_text())["project"] if file.exists() else {}
    licences = sorted(path.name for pattern in LICENCES for path in draft.glob(pattern))
    return About(
        name=project.get("name", PACKAGE.name),
        description=project.get("description", relaxpen.__doc__.partition(".")[0]),
        folders=[*(name for name in SOURCE_FOLDERS if (draft / name).is_dir()), CODE],
        files=sorted(set(os.listdir(draft)) & {*SOURCE_FILES, *licences} - {WORKFLOW}),
        licence=licences[0] if licences else None,
        url=next(iter(project.get("urls", {}).values()), None),
        author=author,
        orcid=orcid,
    )


def _quietly(call: Any, *words: Any, **more: Any) -> Any:
    """Call bagit without the lines that it logs for every file."""
    logger = logging.getLogger("bagit")
    before, logger.disabled = logger.disabled, True
    try:
        return call(*words, **more)
    finally:
        logger.disabled = before
