"""The claims as files: every check as CSV, a row per claim as Markdown."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from relaxpen.claims.contest_runs import ContestRuns
from relaxpen.claims.contests_file import ContestClaims
from relaxpen.claims.effects import Runs
from relaxpen.claims.load_claims import evidence_path
from relaxpen.claims.model import AnyClaims
from relaxpen.claims.verdicts import judge
from relaxpen.display.printing import markdown_text, page
from relaxpen.records.files import whole

HEADINGS = ["line", "statement", "checks that hold", "effect", "verdict", "see"]


def write_claims(
    claims: AnyClaims[Any], results: Path, out: Path, name: str = "claims"
) -> list[Path]:
    """Judge the claims by the runs in results/<study>; write out/<name>.csv, .md and .html.

    Returns what was written. Links start at ``results``, whose sibling is ``figures``.
    Raises OSError if a study has no summary or no traces.
    """
    kind = ContestRuns if isinstance(claims, ContestClaims) else Runs
    table = judge(claims, {study: kind.read(results / study) for study in claims.studies})
    table["evidence"] = table.evidence.map(_paths)
    texts = {
        f"{name}.csv": table.to_csv(index=False, float_format="%.6g"),
        f"{name}.md": claims_markdown(table, from_results),
        f"{name}.html": claims_html(table),
    }
    for file, text in texts.items():
        with whole(out / file) as draft:
            draft.write_text(text)
    return [out / file for file in texts]


def from_results(path: str) -> str:
    """Return a link to a path of the repository for a page in its folder results."""
    return os.path.relpath(path, "results")


def claims_markdown(table: pd.DataFrame, link: Callable[[str], str]) -> str:
    """Return one row per claim in GitHub's Markdown, and how many have which verdict below it.

    ``link`` gives what to write for a path from the repository's root, such as
    "figures/study/figure_4_1.png", in the page that the table is for.
    """
    lines = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS)]
    for _, rows in table.groupby("id", sort=False):
        see = [f"[{_label(path)}]({link(path)})" for path in _evidence(rows)]
        *texts, verdict, why = map(markdown_text, _cells(rows))
        cells = [*texts, f"**{verdict}**{why}", ", ".join(see) or "–"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\n{_counts(table)}\n"


def claims_html(table: pd.DataFrame) -> str:
    """Return one row per claim as a page of HTML that needs no other file."""
    rows = []
    for _, checks in table.groupby("id", sort=False):
        *texts, verdict, why = _cells(checks)
        rows.append([*texts, verdict + why, ", ".join(map(_label, _evidence(checks))) or "–"])
    return page("claims", _counts(table), pd.DataFrame(rows, columns=HEADINGS))


def _counts(table: pd.DataFrame) -> str:
    """Return how many claims have which verdict, ours apart, and what effects are."""
    claims = table.drop_duplicates("id")
    ours = claims.get("ours", pd.Series(False, claims.index)).astype(bool)
    text = f"{(~ours).sum()} claims: {_total(claims[~ours])}"
    text += f"; and {ours.sum()} of ours: {_total(claims[ours])}" if ours.any() else ""
    kinds = table.get("interval", pd.Series(dtype=str)).dropna()
    others = "; medians, and shares of seeds, with exact ones" if (kinds != "mean").any() else ""
    return (
        f"{text}. Effects are means over seeds with their 95 % t intervals{others}; of several checks, "
        "the range of means and the hull of intervals."
    )


def _total(claims: pd.DataFrame) -> str:
    return ", ".join(f"{count} {word}" for word, count in claims.verdict.value_counts().items())


def _paths(names: str) -> str:
    return " ".join(map(evidence_path, names.split()))


def _evidence(rows: pd.DataFrame) -> list[str]:
    """Return the paths of the tables and figures that a claim rests on."""
    named = rows.evidence.iloc[0]
    return named.split() if isinstance(named, str) else []


def _label(path: str) -> str:
    """Return what a table or figure is called: "study/name"."""
    return f"{Path(path).parts[1]}/{Path(path).stem}"


def _cells(rows: pd.DataFrame) -> list[str]:
    """Return line, statement, checks that hold, effect, verdict and the reason of a claim."""
    claim = rows.iloc[0]
    why = f" ({claim.reason})" if isinstance(claim.reason, str) else ""
    checked = rows.outcome.notna().any()
    holding = f"{(rows.outcome == 'holds').sum()} of {len(rows)}" if checked else "–"
    effect = "; ".join(_effect(same) for _, same in rows.groupby(["measure", "unit"], sort=False))
    statement = f"(ours) {claim.statement}" if claim.get("ours", False) else claim.statement
    return [str(claim.line), statement, holding, effect or "–", claim.verdict, why]


def _effect(rows: pd.DataFrame) -> str:
    """Return the effects of checks of one measure as text."""
    known = rows.dropna(subset=["low"])
    if known.empty:
        return "–"
    least, most = f"{known.effect.min():.3g}", f"{known.effect.max():.3g}"
    means = least if least == most else f"{least} to {most}"
    seeds = "/".join(map(str, sorted(set(known.num_seeds))))
    bounds = f"[{known.low.min():.3g}, {known.high.max():.3g}]"
    return f"{means} {bounds} {known.unit.iloc[0]}".strip() + f", {seeds} seeds"
