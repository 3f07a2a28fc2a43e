"""Whether results are of the code that is checked out, and of a commit that is known."""

from collections import Counter

from relaxpen.records.fingerprint import ENTRIES, fingerprint
from relaxpen.records.machine import git_refusal, has_commit, is_shallow
from relaxpen.records.manifest import Manifest


def judge_code(manifests: dict[str, Manifest]) -> tuple[list[str], list[str]]:
    """Return in which ways results are of other code, and which of them cannot be told here."""
    first: dict[tuple[str, bool], str] = {}
    counts: Counter[tuple[str, bool]] = Counter()
    for name, manifest in manifests.items():
        problems = [_commit_problem(manifest.git["commit"])]
        if manifest.rule not in ENTRIES or manifest.code != fingerprint(manifest.rule):
            other = f"made by other code of rule {manifest.rule} than is checked out"
            problems.insert(0, (other, True))
        for problem in filter(None, problems):
            counts[problem] += 1
            first.setdefault(problem, name)
    stale, untold = [], []
    for (text, is_sure), count in counts.items():
        more = f" and {count - 1} more" if count > 1 else ""
        (stale if is_sure else untold).append(f"{first[text, is_sure]}{more}: {text}")
    return stale, untold


def _commit_problem(commit: str | None) -> tuple[str, bool] | None:
    """Return what is wrong with the commit of a result, and whether that is sure."""
    if commit is None:
        return "made without git, so that the commit of the code is unknown", False
    if refusal := git_refusal():
        return f"made at commits that cannot be looked up here; {refusal}", False
    if has_commit(commit):
        return None
    unknown = f"made at commit {commit[:12]}, which is not known here"
    return (f"{unknown}; run git fetch --unshallow", False) if is_shallow() else (unknown, True)
