"""Whether results are of the code, the packages and the studies that are here, and which are not."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from relaxpen.audit.chain import load_chain
from relaxpen.audit.planned import Plans
from relaxpen.audit.rules import code_here
from relaxpen.audit.store import live
from relaxpen.audit.versions import pin_problem, read_pins, version_problem
from relaxpen.records.machine import git_refusal, has_commit, is_shallow
from relaxpen.records.manifest import Manifest


class Problem(NamedTuple):
    """In what a result is not what would be made here today."""

    text: str
    is_sure: bool = True  # or it cannot be told here
    is_mended: bool = True  # if the result is made again by what is installed here


MISSING = Problem("asked for, but not made")


class Old(NamedTuple):
    """A result that is not current, the manifest that shows it, and why."""

    name: str
    manifest: str
    problem: Problem


def judge(
    manifests: dict[str, Manifest], shown: Callable[[str], str]
) -> tuple[list[str], list[str], list[str]]:
    """Return in which ways results are not what would be made here today, and what cannot be told.

    The third list names the targets of Snakemake that make the first anew.
    """
    plans, targets = Plans(), dict[str, None]()
    first, counts = dict[Problem, str](), Counter[Problem]()
    for old in find_old(manifests, plans):
        counts[old.problem] += 1
        first.setdefault(old.problem, old.name)
        if old.problem.is_sure:
            targets[plans.target(old.manifest)] = None
    stale: list[str] = []
    untold: list[str] = []
    for problem, count in counts.items():
        more = f" and {count - 1} more" if count > 1 else ""
        found = stale if problem.is_sure else untold
        found.append(f"{shown(first[problem])}{more}: {problem.text}")
    return stale, untold, list(targets)


def outdated() -> list[str]:
    """Return the files of rules that are here and are to be made again, as ``judge`` sees it.

    That is what Snakemake cannot tell where it has no records of its own.
    """
    manifests, plans = load_chain(live())[0].manifests, Plans()
    files = dict[str, None]()
    for old in find_old(manifests, plans):
        if old.problem.is_mended:
            files |= dict.fromkeys(_of_rules(old.name))
        if old.problem == MISSING:
            files |= dict.fromkeys(plans.data_behind(old.name))
    return list(files)


def find_old(manifests: dict[str, Manifest], plans: Plans) -> Iterator[Old]:
    """Yield the results that are not current, runs that are missing among them."""
    pins = read_pins()
    for name, manifest in manifests.items():
        for problem in _problems(name, manifest, plans, pins):
            yield Old(name, name, problem)
        for run in plans.missing(name, manifest, manifests):
            yield Old(run, name, MISSING)


def _of_rules(name: str) -> Iterator[str]:
    """Yield what rules declare of a result: its manifest, and the index of the folder it lies in."""
    yield name
    yield from (str(folder / "index.json") for folder in Path(name).parents)


def _problems(
    name: str, manifest: Manifest, plans: Plans, pins: dict[str, str]
) -> Iterator[Problem]:
    if manifest.code != code_here(name, manifest):
        yield Problem(f"made by other code of rule {manifest.rule} than is checked out")
    elif text := version_problem(name, manifest):
        yield Problem(text)
    elif text := pin_problem(name, manifest, pins):
        yield Problem(text, is_mended=False)
    if text := plans.problem(name, manifest):
        yield Problem(text)
    if problem := _commit_problem(manifest.git["commit"]):
        yield problem


def _commit_problem(commit: str | None) -> Problem | None:
    """Return what is wrong with the commit of a result."""
    if commit is None:
        text = "made without git, so that the commit of the code is unknown"
    elif refusal := git_refusal():
        text = f"made at commits that cannot be looked up here; {refusal}"
    elif has_commit(commit):
        return None
    else:
        text = f"made at commit {commit[:12]}, which is not known here"
        if not is_shallow():
            return Problem(text, is_mended=False)
        text = f"{text}; run git fetch --unshallow"
    return Problem(text, is_sure=False, is_mended=False)
