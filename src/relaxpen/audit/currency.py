"""Whether results are of the code, the packages and the studies that are here, and which are not."""

from collections import Counter
from collections.abc import Callable, Iterable

from relaxpen.audit.planned import Plans
from relaxpen.audit.versions import pin_problem, read_pins, version_problem
from relaxpen.experiment.fingerprint import ENTRIES, fingerprint
from relaxpen.experiment.machine import git_refusal, has_commit, is_shallow
from relaxpen.experiment.manifest import Manifest

Problem = tuple[str, bool]  # what is wrong, and whether that is sure


def judge(
    manifests: dict[str, Manifest], shown: Callable[[str], str]
) -> tuple[list[str], list[str], list[str]]:
    """Return in which ways results are not what would be made here today, and what cannot be told.

    The third list names the targets of Snakemake that make the first anew.
    """
    plans, pins, targets = Plans(), read_pins(), dict[str, None]()
    first, counts = dict[Problem, str](), Counter[Problem]()
    for name, manifest in manifests.items():
        problems = list(_problems(name, manifest, plans, pins))
        missing = plans.missing(name, manifest, manifests)
        for where, problem in [
            *((shown(name), problem) for problem in problems),
            *((shown(run), ("asked for, but not made", True)) for run in missing),
        ]:
            counts[problem] += 1
            first.setdefault(problem, where)
        if missing or any(is_sure for _, is_sure in problems):
            targets[plans.target(name)] = None
    stale: list[str] = []
    untold: list[str] = []
    for (text, is_sure), count in counts.items():
        more = f" and {count - 1} more" if count > 1 else ""
        (stale if is_sure else untold).append(f"{first[text, is_sure]}{more}: {text}")
    return stale, untold, list(targets)


def _problems(
    name: str, manifest: Manifest, plans: Plans, pins: dict[str, str]
) -> Iterable[Problem]:
    if manifest.rule not in ENTRIES or manifest.code != fingerprint(manifest.rule):
        yield f"made by other code of rule {manifest.rule} than is checked out", True
    elif text := version_problem(manifest) or pin_problem(manifest, pins):
        yield text, True
    if text := plans.problem(name, manifest):
        yield text, True
    if problem := _commit_problem(manifest.git["commit"]):
        yield problem


def _commit_problem(commit: str | None) -> Problem | None:
    """Return what is wrong with the commit of a result, and whether that is sure."""
    if commit is None:
        return "made without git, so that the commit of the code is unknown", False
    if refusal := git_refusal():
        return f"made at commits that cannot be looked up here; {refusal}", False
    if has_commit(commit):
        return None
    unknown = f"made at commit {commit[:12]}, which is not known here"
    return (f"{unknown}; run git fetch --unshallow", False) if is_shallow() else (unknown, True)
