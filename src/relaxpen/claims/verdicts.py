"""Verdicts: from effects to intervals, to the outcomes of checks, to one word per claim."""

import math
from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from relaxpen.claims.effects import AnyRuns, effects
from relaxpen.claims.intervals import interval
from relaxpen.claims.model import RELATIONS, AnyCheck, AnyClaim, AnyClaims
from relaxpen.display.statistics import Interval
from relaxpen.tasks.task import Row

Outcome = Literal["holds", "fails", "open", "missing"]
Verdict = Literal["reproduced", "partly", "not reproduced", "not decidable"]
COLUMNS = [
    *("id", "line", "figure", "ours", "statement", "criterion", "check", "runs", "against"),
    *("measure", "across", "interval", "num_seeds", "effect", "low", "high", "unit", "threshold"),
    *("outcome", "verdict", "reason", "note", "evidence", "batches"),
]


def outcome(check: AnyCheck, found: Interval) -> Outcome:
    """Return whether the whole interval lies where the check wants it, or wholly elsewhere.

    A bound counts as inside a band and as outside of ``below`` and ``above``, which are strict.
    """
    _, low, high = found
    if math.isnan(low):
        return "missing"
    if check.within:
        lowest, highest = check.within
        holds, fails = lowest <= low and high <= highest, high < lowest or low > highest
    elif check.below is not None:
        holds, fails = high < check.below, low >= check.below
    else:
        assert check.above is not None  # a check has exactly one of the three
        holds, fails = low > check.above, high <= check.above
    return "holds" if holds else "fails" if fails else "open"


def verdict(outcomes: Iterable[Outcome]) -> Verdict:
    """Return the word for a claim: it needs every check to hold, and one to be refuted.

    Checks that are open or missing keep a claim from being reproduced; alone they decide nothing.
    """
    found = set(outcomes)
    if found == {"holds"}:
        return "reproduced"
    if "holds" in found:
        return "partly"
    return "not reproduced" if "fails" in found else "not decidable"


def judge(claims: AnyClaims[Any], runs: dict[str, AnyRuns]) -> pd.DataFrame:
    """Return a row per pair of runs that a check compares, and one per claim without checks.

    ``runs`` has the studies that the claims name. Effects are means, medians or shares over num_seeds
    seeds, as ``interval`` says, in ``unit``.
    """
    rows = [row for claim in claims.claims for row in _claim_rows(claim, runs)]
    whole_numbers = {"check": "Int64", "num_seeds": "Int64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(whole_numbers)


def _claim_rows(claim: AnyClaim[Any], runs: dict[str, AnyRuns]) -> list[Row]:
    compared = ((check, one, other) for check in claim.checks for one, other in check.pairs())
    rows: list[Row] = [
        {"check": number} | _check_row(check, one, other, runs)
        for number, (check, one, other) in enumerate(compared, start=1)
    ]
    word = verdict(row["outcome"] for row in rows)
    reason = claim.reason
    if word == "not decidable" and rows:
        open_ = all(row["outcome"] == "open" for row in rows)
        reason = "no interval is clear of its threshold" if open_ else "no number for every seed"
    facts = {
        "id": claim.id,
        "line": claim.line,
        "figure": claim.figure,
        "ours": claim.ours,
        "statement": claim.statement,
        "criterion": claim.criterion,
        "verdict": word,
        "reason": reason,
        "note": claim.note,
        "evidence": " ".join(claim.evidence),
    }
    return [facts | row for row in rows or [{}]]


def _check_row(check: AnyCheck, group: Any, other: Any, runs: dict[str, AnyRuns]) -> Row:
    values = effects(check, group, other, runs)
    found = interval(values, check.interval)
    relation = "" if check.relation is None else RELATIONS[check.relation]
    against = "" if other is None else f"{relation} {other}"
    return {
        "runs": str(group),
        "against": against,
        "measure": check.measure,
        "across": getattr(check, "across", None),
        "interval": check.interval,
        "num_seeds": len(values),
        "effect": found.mean,
        "low": found.low,
        "high": found.high,
        "unit": check.unit,
        "threshold": _threshold(check),
        "outcome": outcome(check, found),
        "batches": " ".join(_batches(side, runs) for side in (group, other) if side),
    }


def _batches(group: Any, runs: dict[str, AnyRuns]) -> str:
    """Return the folders of the runs that one side of a check takes."""
    return " ".join(f"results/{group.study}/{name}" for name in runs[group.study].batches(group))


def _threshold(check: AnyCheck) -> str:
    if check.within:
        return "within [{:g}, {:g}]".format(*check.within)
    return f"below {check.below:g}" if check.below is not None else f"above {check.above:g}"
