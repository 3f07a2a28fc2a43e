"""Runs that select regularization: every method on a small instance, and what is refused."""

import math

import pytest
import torch

from relaxpen.experiment.comparison.dispatch import run_comparison
from relaxpen.experiment.comparison.methods import PEERS
from relaxpen.experiment.comparison.settings import (
    CleaningSettings,
    SelectionSettings,
    resolve_comparison,
)
from relaxpen.experiment.outcome import Status
from relaxpen.inputs.errors import SettingsError
from relaxpen.problems.samples import Instance, Samples, with_bias
from test_regularized import samples

pytestmark = pytest.mark.numerics

GIVEN = {"data.source": "ijcnn1", "features.bias": False, "budget": 40.0, "precision": "float64"}
STOCHASTIC = {"method.batch_size": 8, "method.inner": 0.05, "method.outer": 0.05}
FULL = {"method.num_inner": 3, "method.outer": 0.5}
NAMES = [model.model_fields["name"].default for model in PEERS]


def made_up(device="cpu", selection=False):
    parts = {
        name: samples(40, 4, seed) for seed, name in enumerate(("train", "validation", "test"))
    }
    parts["selection"] = samples(30, 4, 3) if selection else None
    parts = {
        name: data and Samples(with_bias(data.features), data.labels).to(device, torch.float64)
        for name, data in parts.items()
    }
    return Instance(**parts, changed=torch.zeros(40, dtype=torch.bool), num_classes=2)


def settings(name, **more):
    rest = FULL if name in ("reverse_mode", "implicit_cg") else STOCHASTIC
    given = {key.replace("__", "."): value for key, value in more.items()}
    return resolve_comparison(GIVEN | {"method.name": name} | rest | given)


def finish(chosen, instance=None):
    *_, result = run_comparison(chosen, instance or made_up(), 0)
    return result


@pytest.mark.parametrize("name", NAMES)
def test_every_method_selects_regularization(name, device):
    result = finish(settings(name), made_up(device))
    assert result.status is Status.finished
    costs = [row["num_lower_steps"] for row in result.trace]
    assert costs == sorted(costs)
    assert costs[-1] >= 40
    values = [row["value_function"] for row in result.trace]
    assert values[-1] < values[0]
    assert result.relaxed == {"value_function": values[-1]}
    assert result.theta.shape == (4,)
    judged = result.masks["nearest"]
    assert judged["refit_validation_loss"] == pytest.approx(judged["value_function"], rel=1e-9)
    assert not any("f1" in row or "fractionality" in row for row in [*result.trace, judged])


def test_the_value_function_is_computed_as_often_as_asked():
    chosen = settings("saba", measure__value_every=0, measure__num_checkpoints=5)
    values = [row["value_function"] for row in finish(chosen).trace]
    assert [math.isnan(value) for value in values] == [True, True, True, True, False]


def test_the_lower_iterate_is_measured_on_every_part():
    row = finish(settings("saba"), made_up(selection=True)).trace[-1]
    for part in ("validation", "test", "selection"):
        assert 0 < row[f"{part}_loss"] < math.log(2)
        assert 0.5 < row[f"{part}_accuracy"] <= 1


def test_a_step_of_0_keeps_the_coefficients():
    chosen = settings("f2sa_adam", method__outer=0.0, initial_coefficient=0.25)
    assert torch.allclose(finish(chosen).theta.exp(), torch.full((4,), 0.25).double())


def test_a_search_that_diverges_is_recorded():
    result = finish(settings("soba", method__inner=1e300))
    assert result.status is Status.nonfinite
    assert (result.checks, result.masks) == ({"finite": False}, {})


def test_settings_are_of_two_kinds():
    assert isinstance(settings("soba"), SelectionSettings)
    cleaning = resolve_comparison({"data.source": "mnist", "method.name": "soba"})
    assert isinstance(cleaning, CleaningSettings)
    assert "lower" not in settings("soba").model_dump()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"method.name": "filter"}, "method filter cannot be run on data.source ijcnn1"),
        ({"method.name": "relax_penalize"}, "regularization is selected by one of soba, saba"),
        ({"lower.ridge": 0.1}, "unknown setting 'lower.ridge' for data.source ijcnn1"),
        ({"method.weights": "clipped"}, "unknown setting 'method.weights' for data.source ijcnn1"),
        ({"initial_weight": 0.5}, "did you mean 'initial_coefficient'?"),
        (
            {"initial_coefficient": 0.0},
            "initial_coefficient is 0.0: Input should be greater than 0",
        ),
        ({"data.noise_rate": 0.5}, "unknown setting 'data.noise_rate' for data.source ijcnn1"),
    ],
)
def test_what_has_no_effect_is_refused(given, sentence):
    with pytest.raises(SettingsError) as error:
        resolve_comparison(GIVEN | {"method.name": "soba"} | given)
    assert sentence in str(error.value)
