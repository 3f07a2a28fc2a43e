"""One run of a comparison that cleans labels, whatever its method."""

from collections.abc import Iterator

from relaxpen.experiment.build import torch_stream
from relaxpen.experiment.comparison.estimator_settings import RelaxPenalize
from relaxpen.experiment.comparison.features import prepared
from relaxpen.experiment.comparison.filters import run_filter
from relaxpen.experiment.comparison.methods import Filter
from relaxpen.experiment.comparison.search import search_mask, search_weights
from relaxpen.experiment.comparison.settings import CleaningSettings
from relaxpen.experiment.outcome import RunResult
from relaxpen.problems.samples import Instance


def run_cleaning(settings: CleaningSettings, instance: Instance, seed: int) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    instance = prepared(settings, instance)
    method = settings.method
    if isinstance(method, Filter):
        return iter([run_filter(settings, method, instance, torch_stream(seed, "folds"))])
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    if isinstance(method, RelaxPenalize):
        return search_mask(settings, method, instance, streams)
    return search_weights(settings, method, instance, streams)
