"""From the runs of a comparison to two tables: a row per final mask, and a row per checkpoint."""

from collections.abc import Iterator
from pathlib import Path

from relaxpen.experiment.collect import PlannedRuns, write_collected
from relaxpen.experiment.comparison.studies import Comparison, contenders, contests

METRICS = [
    *("value_function", "num_kept", "precision", "recall", "f1", "keep_f1", "auc"),
    *("refit_test_loss", "refit_test_accuracy", "refit_validation_loss", "refit_selection_loss"),
    *("joined_test_loss", "joined_test_accuracy"),
    *("refit_max_gradient", "refit_converged", "steps"),
    *("relaxed_value_function", "relaxed_auc", "relaxed_fractionality", "relaxed_mass"),
]


def collect_comparison(study: Comparison, results: Path) -> list[Path]:
    """Write summary.parquet and traces.parquet of all runs of a comparison into its folder.

    Every run of every contest has at least one row in the summary, finished or not. Returns the
    indexes of the runs that were read.
    Raises DataError if a record is missing or is not the one its index names.
    """
    return write_collected(planned(study, results), results, METRICS)


def planned(study: Comparison, results: Path) -> Iterator[PlannedRuns]:
    """Yield every batch of runs that a comparison asks for, as it must lie in its folder."""
    titles = {name: one.title for name, one in contenders(study).items()}
    for one in contests(study):
        settings = one.settings
        place = {
            "instance": one.instance,
            "source": settings.data.source,
            "noise_rate": getattr(settings.data, "noise_rate", None),
            "num_validation": getattr(settings.data, "num_validation", None),
            "method": one.method,
            "title": titles[one.method],
            "setting": one.name,
        }
        folder = results / one.instance / one.method / one.name
        yield PlannedRuns(folder, one.seeds, place, settings.model_dump(mode="json"))
