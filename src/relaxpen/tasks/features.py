"""Features as runs at a budget are given them: scaled or not, with a bias or without."""

import torch

from relaxpen.problems.samples import Instance, Samples
from relaxpen.tasks.budgeted import BudgetedSettings


def prepared(settings: BudgetedSettings, instance: Instance) -> Instance:
    """Return an instance with its features scaled and with or without a bias column.

    It is given pixels / 255, or features that are no pixels, and a bias column. Standard scaling
    subtracts the mean and divides by the standard deviation of each column of the training set; a
    constant column becomes 0.
    """
    features = settings.features
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

    return instance._replace(
        train=change(instance.train),
        validation=change(instance.validation),
        test=change(instance.test),
        selection=change(instance.selection) if instance.selection is not None else None,
    )
