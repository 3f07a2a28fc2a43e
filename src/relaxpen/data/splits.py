"""The split of each seed, drawn from its streams."""

import numpy as np

from relaxpen.data.settings import (
    DISTILLED,
    POOLS,
    TRAINING,
    BlogData,
    GroupLassoData,
    SyntheticData,
)
from relaxpen.data.streams import numpy_stream, stream_seed
from relaxpen.problems.splits import draw_split
from relaxpen.problems.synthetic import two_gaussians
from relaxpen.tasks.thesis.settings import Settings

Arrays = dict[str, np.ndarray]


def make_split(settings: Settings, seed: int, pool_labels: np.ndarray | None) -> Arrays:
    """Draw the split of one seed.

    Holds the indices ``train``, ``validation`` and ``selection`` into the pool and the clean
    ``train_labels`` (n,); for synthetic data also the pool and the test set themselves, for all
    other data ``pool_labels``, those of the whole pool, are to be given. It does not depend on the
    noise rate: instances of one seed differ in their labels alone.

    Data distillation has ``train`` and ``validation``, drawn from the two parts of the pool and in
    their order; the group lasso has the ``coefficients`` (T, P) and ``groups`` (P, L) of its tasks.
    """
    data = settings.data
    if data.source in DISTILLED:
        return _parts(data, numpy_stream(seed, "split"))
    if isinstance(data, GroupLassoData):
        return _tasks(data, seed)
    rng = numpy_stream(seed, "split")
    sizes = (data.num_train, data.num_validation, data.num_selection)
    if not isinstance(data, SyntheticData):
        split = draw_split(len(pool_labels), *sizes, rng)
        return split._asdict() | {"train_labels": pool_labels[split.train]}
    arrays = _synthetic_pool(data, seed)
    split = draw_split(sum(sizes), *sizes, rng)
    return arrays | split._asdict() | {"train_labels": arrays["pool_labels"][split.train]}


def _synthetic_pool(data: SyntheticData, seed: int) -> Arrays:
    size = data.num_train + data.num_validation + data.num_selection
    shape = (data.num_features, data.mean_norm)
    features, labels = two_gaussians(size, *shape, numpy_stream(seed, "pool"))
    test_features, test_labels = two_gaussians(data.num_test, *shape, numpy_stream(seed, "test"))
    return {
        "pool_features": features,
        "pool_labels": labels,
        "test_features": test_features,
        "test_labels": test_labels,
    }


def _parts(data: BlogData, rng: np.random.Generator) -> Arrays:
    num_train = TRAINING[data.source]
    num_others = POOLS[data.source].num_samples - num_train
    train = rng.permutation(num_train)[: data.num_train]
    validation = rng.permutation(num_others)[: data.num_validation]
    return {"train": np.sort(train), "validation": num_train + np.sort(validation)}


def _tasks(data: GroupLassoData, seed: int) -> Arrays:
    import torch  # only when it is needed

    from relaxpen.problems.group_lasso_data import GroupLassoSource

    generator = torch.Generator().manual_seed(stream_seed(seed, "tasks"))
    truth = GroupLassoSource(**data.drawn).draw_truth(generator)
    return {name: part.numpy() for name, part in truth._asdict().items()}
