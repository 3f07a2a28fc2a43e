import numpy as np
import pytest
import torch

from conftest import small_settings
from given import settings_of, split_of, thesis
from relaxpen.data.labels import make_labels
from relaxpen.data.sources.ijcnn1 import NUM_SAMPLES
from relaxpen.data.streams import numpy_stream, stream_seed
from relaxpen.data.tensors import build_instance
from relaxpen.problems.corruption import corrupt
from relaxpen.problems.splits import draw_split
from relaxpen.problems.synthetic import two_gaussians
from relaxpen.records.arrays import load, save
from relaxpen.records.files import sha256

CLEAN = np.arange(1000) % 10


@pytest.mark.parametrize("noise_rate", [0, 0.2, 0.333, 0.5, 0.9])
def test_exactly_the_noise_rate_is_changed_and_to_another_class(noise_rate):
    found = corrupt(CLEAN, noise_rate, 10, "different_class", np.random.default_rng(0))
    assert found.changed.sum() == round(noise_rate * 1000)
    assert ((found.labels != CLEAN) == found.changed).all()
    assert set(found.labels) <= set(range(10))


def test_replacements_are_uniform_over_the_other_classes():
    labels = np.full(9000, 3)
    found = corrupt(labels, 0.9, 10, "different_class", np.random.default_rng(1)).labels
    counts = np.bincount(found[found != 3], minlength=10)
    expected = 8100 / 9
    chi_square = ((np.delete(counts, 3) - expected) ** 2 / expected).sum()
    assert chi_square < 26.1  # 0.999 quantile, 8 degrees of freedom


def test_any_class_leaves_a_tenth_of_the_chosen_labels_right():
    found = corrupt(CLEAN, 0.5, 10, "any_class", np.random.default_rng(2))
    assert 400 < found.changed.sum() < 490
    assert ((found.labels != CLEAN) == found.changed).all()


def test_chosen_samples_are_spread_over_the_set():
    counts = sum(
        corrupt(CLEAN[:50], 0.2, 10, "different_class", np.random.default_rng(s)).changed
        for s in range(400)
    )
    assert counts.min() > 40
    assert counts.max() < 130  # binomial(400, 0.2): mean 80, sd 8


@pytest.mark.parametrize("noise_rate", [-0.1, 1, 1.5])
def test_noise_rate_outside_its_range_is_refused(noise_rate):
    with pytest.raises(ValueError, match=r"expected a share in \[0, 1\)"):
        corrupt(CLEAN, noise_rate, 10, "different_class", np.random.default_rng(0))


def test_labels_outside_the_classes_and_unknown_rules_are_refused():
    with pytest.raises(ValueError, match=r"labels span 0\.\.9; expected 0\.\.4"):
        corrupt(CLEAN, 0.2, 5, "different_class", np.random.default_rng(0))
    with pytest.raises(ValueError, match="corruption rule is 'swap'"):
        corrupt(CLEAN, 0.2, 10, "swap", np.random.default_rng(0))


def test_split_is_disjoint_and_of_the_sizes_asked_for():
    split = draw_split(100, 50, 30, 20, np.random.default_rng(0))
    assert [len(part) for part in split] == [50, 30, 20]
    assert sorted(np.concatenate(split)) == list(range(100))
    with pytest.raises(ValueError, match="the pool has 100"):
        draw_split(100, 50, 30, 21, np.random.default_rng(0))


def test_two_gaussians_have_their_means_and_unit_covariance():
    features, labels = two_gaussians(200_000, 5, 1.5, np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [100_000, 100_000]
    means = [features[labels == label].mean(0) for label in (0, 1)]
    assert np.allclose(means[0], -means[1], atol=0.02)
    assert np.linalg.norm(means[1]) == pytest.approx(1.5, abs=0.02)
    assert np.allclose(np.cov(features[labels == 1].T), np.eye(5), atol=0.02)


def test_streams_differ_by_name_and_seed_and_repeat():
    assert len({stream_seed(seed, name) for seed in range(5) for name in ("split", "x")}) == 10
    draws = [numpy_stream(3, "split").random() for _ in range(2)]
    assert draws[0] == draws[1]


def test_noise_rate_changes_labels_and_nothing_else():
    low, high = (small_settings(data__noise_rate=rate) for rate in (0.2, 0.5))
    splits = [split_of(settings, 0, None) for settings in (low, high)]
    for name in splits[0]:
        assert np.array_equal(splits[0][name], splits[1][name])


def test_seeds_vary_split_data_and_corruption():
    settings = small_settings()
    splits = [split_of(settings, seed, None) for seed in (0, 1)]
    for name in ("train", "pool_features", "test_features"):
        assert not np.array_equal(splits[0][name], splits[1][name])
    clean = splits[0]["train_labels"]
    changed = [make_labels(settings.data, seed, clean)["changed"] for seed in (0, 1)]
    assert not np.array_equal(*changed)


def two_samples(*rows, dtype):
    arrays = {"changed": np.zeros(2, bool)}
    for part in ("train", "validation", "test", "selection"):
        arrays[f"{part}_features"] = np.array(rows, dtype)
        arrays[f"{part}_labels"] = np.array([0, 1])
    return arrays


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_pixels_are_scaled_to_the_unit_interval(source):
    settings = thesis({"data.source": source, "data.num_train": 2, "data.num_validation": 2})
    arrays = two_samples([0, 255], [51, 102], dtype=np.uint8)
    instance = build_instance(settings.data, arrays, settings.precision, torch.device("cpu"))
    assert instance.num_classes == 10
    train = instance.train
    assert train.features.dtype == torch.float32
    assert train.features[0].tolist() == [0, 1, 1]
    assert train.features[1].tolist() == pytest.approx([0.2, 0.4, 1])


def ijcnn1_settings(**sizes):
    data = {f"data.{name}": size for name, size in sizes.items()}
    return settings_of({"data.source": "ijcnn1", "method.name": "soba"} | data)


def test_features_that_are_no_pixels_stay_as_they_are():
    arrays = two_samples([0.5, -0.25], [1, 0], dtype=np.float64)
    settings = ijcnn1_settings()
    instance = build_instance(settings.data, arrays, settings.precision, torch.device("cpu"))
    assert instance.train.features[0].tolist() == [0.5, -0.25, 1]
    assert instance.num_classes == 2


def test_ijcnn1_is_split_by_seed_and_keeps_its_labels():
    pool_labels = np.arange(NUM_SAMPLES) % 2
    settings = ijcnn1_settings(num_train=20000, num_validation=20000, num_selection=9990)
    one, two = (split_of(settings, seed, pool_labels) for seed in (0, 1))
    indices = np.concatenate([one[name] for name in ("train", "validation", "selection")])
    assert sorted(indices) == list(range(49990))
    assert not np.array_equal(one["train"], two["train"])
    assert np.array_equal(one["train"], split_of(settings, 0, pool_labels)["train"])
    labels = make_labels(settings.data, 0, one["train_labels"])
    assert np.array_equal(labels["labels"], pool_labels[one["train"]])
    assert not labels["changed"].any()


def test_same_arrays_same_bytes_and_damage_is_named(tmp_path):
    arrays = {"a": np.arange(5), "b": np.ones(3)}
    for name in ("one", "two"):
        save(tmp_path / f"{name}.npz", arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    fixed = {"a": np.arange(6).reshape(2, 3), "b": np.array([True]), "c": np.float64(3)}
    save(tmp_path / "fixed.npz", fixed)
    assert load(tmp_path / "fixed.npz")["c"].shape == ()
    assert sha256(tmp_path / "fixed.npz").startswith("d474bc86092c081a")  # with every Python
    (tmp_path / "two.npz").write_bytes((tmp_path / "two.npz").read_bytes()[:100])
    with pytest.raises(RuntimeError, match=r"two\.npz is damaged"):
        load(tmp_path / "two.npz")
    with pytest.raises(RuntimeError, match="is missing"):
        load(tmp_path / "three.npz")
