"""Which code runs what: each kind of run of a comparison has a rule, and a fingerprint, of its own."""

from collections.abc import Iterator

from relaxpen.experiment.comparison.agreement import run_agreement
from relaxpen.experiment.comparison.runs import run_cleaning
from relaxpen.experiment.comparison.selection import run_selection
from relaxpen.experiment.comparison.settings import ComparisonSettings
from relaxpen.experiment.outcome import RunResult
from relaxpen.problems.samples import Instance

RUNNERS = {"comparison": run_cleaning, "agreement": run_agreement, "selection": run_selection}


def run_comparison(
    settings: ComparisonSettings, instance: Instance, seed: int
) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    return RUNNERS[settings.rule](settings, instance, seed)
