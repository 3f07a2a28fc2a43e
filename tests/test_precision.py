"""Float32 may be used only where its slopes are right: measured at the real size, on real MNIST."""

import pytest
import torch

from relaxpen.experiment.labels import make_labels
from relaxpen.experiment.precision import slope_errors
from relaxpen.experiment.settings import FLOAT32_SMALLEST_RADIUS, resolve
from relaxpen.experiment.splits import make_split
from relaxpen.experiment.tensors import build_instance
from relaxpen.experiment.vision import read_images
from relaxpen.method.schedules import SahuRadius

pytestmark = pytest.mark.numerics


@pytest.fixture(scope="module")
def instance(mnist):
    return make_instance(mnist, "mnist")


def make_instance(folder, source):
    settings = resolve({"data.source": source, "data.noise_rate": 0.5, "precision": "float64"})
    features, labels = read_images(folder, source, train=True)
    split = make_split(settings, 0, labels)
    noisy = make_labels(settings, 0, split["train_labels"])
    arrays = {"changed": noisy["changed"], "train_labels": noisy["labels"]}
    arrays["train_features"] = features[split["train"]]
    for part in ("validation", "selection", "test"):
        rows = split[part] if part != "test" else slice(0, 10)
        arrays[f"{part}_features"], arrays[f"{part}_labels"] = features[rows], labels[rows]
    return build_instance(settings, arrays, torch.device("cpu"))


def test_slopes_are_within_one_percent_wherever_float32_is_allowed(instance):
    default = resolve({"data.source": "mnist"})
    assert default.precision == "float32"
    radii = [FLOAT32_SMALLEST_RADIUS, default.upper.radius_floor]
    errors = list(slope_errors(instance, [1, 5, 20], [0, 30], radii))
    assert len(errors) == 12
    assert max(row.relative_error for row in errors) < 0.01


def test_slopes_at_the_published_radius_are_not(instance):
    (error,) = slope_errors(instance, [1], [0], [SahuRadius(5000, 20)(0)])
    assert error.radius < FLOAT32_SMALLEST_RADIUS
    assert error.relative_error > 0.01


def test_slopes_on_fashion_mnist_are_as_close(fashion):
    errors = slope_errors(
        make_instance(fashion, "fashion_mnist"), [1, 5, 20], [0], [FLOAT32_SMALLEST_RADIUS]
    )
    assert max(row.relative_error for row in errors) < 0.01
