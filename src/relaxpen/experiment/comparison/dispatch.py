"""Which code runs what: each kind of run of a comparison has a rule, and a fingerprint, of its own."""

from collections.abc import Iterator
from pathlib import Path

from relaxpen.experiment.comparison.agreement import run_agreement
from relaxpen.experiment.comparison.runs import run_cleaning
from relaxpen.experiment.comparison.selection import run_selection
from relaxpen.experiment.comparison.settings import ComparisonSettings
from relaxpen.experiment.outcome import RunResult, Status
from relaxpen.experiment.penalized.distillation import run_distillation
from relaxpen.experiment.penalized.group_lasso import run_group_lasso
from relaxpen.experiment.penalized.load import load_parts, load_tasks
from relaxpen.experiment.penalized.settings import GroupLassoSettings, PenalizedSettings
from relaxpen.inputs.errors import SettingsError
from relaxpen.problems.samples import Instance
from relaxpen.problems.weighted_ridge import NotDeterminedError

RUNNERS = {"comparison": run_cleaning, "agreement": run_agreement, "selection": run_selection}


def run_comparison(
    settings: ComparisonSettings, instance: Instance, seed: int
) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    return RUNNERS[settings.rule](settings, instance, seed)


def run_penalized(
    settings: PenalizedSettings, instance: Path, seed: int, pool: Path | None
) -> Iterator[RunResult]:
    """Run the method of the settings on the files of an instance, yielding the growing result.

    Raises SettingsError if there is no ridge and the samples do not do without.
    """
    if isinstance(settings, GroupLassoSettings):
        data = load_tasks(settings, instance, seed)
        yield from until_unsolvable(run_group_lasso(settings, data, seed))
        return
    try:
        yield from run_distillation(settings, load_parts(settings, instance, seed, pool), seed)
    except NotDeterminedError as error:
        raise SettingsError(f"ridge: {error}") from None


def until_unsolvable(results: Iterator[RunResult]) -> Iterator[RunResult]:
    """Yield results; where a lower level has no solution the run ends, and its status says so."""
    result = RunResult()
    try:
        for result in results:
            yield result
    except ArithmeticError:
        result.status, result.checks = Status.nonfinite, {"finite": False}
        result.counts = {"steps": result.trace[-1]["step"] if result.trace else 0}
        yield result
