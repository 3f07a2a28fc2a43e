"""One run that cleans labels, whatever its method."""

from collections.abc import Iterator

from relaxpen.data.streams import torch_stream
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.cleaning.estimators import RelaxPenalize
from relaxpen.tasks.cleaning.filters import run_filter
from relaxpen.tasks.cleaning.methods import Filter
from relaxpen.tasks.cleaning.search import search_mask, search_weights
from relaxpen.tasks.cleaning.settings import CleaningSettings
from relaxpen.tasks.features import prepared
from relaxpen.tasks.task import Asked


def run_cleaning(
    settings: CleaningSettings, instance: Instance, asked: Asked
) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    instance, method, seed = prepared(settings, instance), settings.method, asked.seed
    if isinstance(method, Filter):
        return iter([run_filter(settings, method, instance, torch_stream(seed, "folds"))])
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    if isinstance(method, RelaxPenalize):
        return search_mask(settings, method, instance, streams)
    return search_weights(settings, method, instance, streams)
