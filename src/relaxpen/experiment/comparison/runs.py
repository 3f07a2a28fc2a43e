"""One run of a comparison, whatever its method."""

from collections.abc import Iterator

import torch

from relaxpen.experiment.build import torch_stream
from relaxpen.experiment.comparison.agreement import measure_agreement
from relaxpen.experiment.comparison.estimator_settings import Agreement, RelaxPenalize
from relaxpen.experiment.comparison.filters import run_filter
from relaxpen.experiment.comparison.methods import Filter
from relaxpen.experiment.comparison.search import search_mask, search_weights
from relaxpen.experiment.comparison.selection import search_regularization
from relaxpen.experiment.comparison.settings import ComparisonSettings, SelectionSettings
from relaxpen.experiment.outcome import RunResult
from relaxpen.problems.samples import Instance, Samples


def run_comparison(
    settings: ComparisonSettings, instance: Instance, seed: int
) -> Iterator[RunResult]:
    """Run the method of the settings on an instance, yielding the growing result, for progress."""
    instance = prepared(settings, instance)
    method = settings.method
    if isinstance(settings, SelectionSettings):
        return search_regularization(settings, instance, torch_stream(seed, "batches"))
    if isinstance(method, Filter):
        return iter([run_filter(settings, method, instance, torch_stream(seed, "folds"))])
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    if isinstance(method, RelaxPenalize):
        return search_mask(settings, method, instance, streams)
    if isinstance(method, Agreement):
        return measure_agreement(settings, method, instance, streams)
    return search_weights(settings, method, instance, streams)


def prepared(settings: ComparisonSettings, instance: Instance) -> Instance:
    """Return an instance with its features scaled and with or without a bias column.

    It is given pixels / 255, or features that are no pixels, and a bias column. Standard scaling
    subtracts the mean and divides by the standard deviation of each column of the training set; a
    constant column becomes 0.
    """
    features = settings.features
    parts = {"train": instance.train, "validation": instance.validation, "test": instance.test}
    if instance.selection is not None:
        parts["selection"] = instance.selection
    pixels = instance.train.features[:, :-1]
    mean, spread = pixels.mean(dim=0), pixels.std(dim=0, correction=0)
    scale = torch.where(spread > 0, 1 / spread, 0)

    def change(samples: Samples) -> Samples:
        columns = samples.features[:, :-1]
        if features.scaling == "standard":
            columns = (columns - mean) * scale
        if features.bias:
            columns = torch.cat([columns, samples.features[:, -1:]], dim=1)
        return Samples(columns.contiguous(), samples.labels)

    return instance._replace(**{name: change(part) for name, part in parts.items()})
