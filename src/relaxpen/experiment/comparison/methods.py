"""The settings of every method of a comparison."""

from math import prod
from typing import Literal

from pydantic import Field

from relaxpen.experiment.comparison.estimator_settings import (
    WITH_DIRECTIONS,
    Agreement,
    Estimated,
    RelaxPenalize,
)
from relaxpen.inputs.models import Closed
from relaxpen.inputs.sizes import NUMBER, ROW


class Weighted(Closed):
    """A method that changes hyperparameters x of which each gives the weight of a sample."""

    weights: Literal["sigmoid", "clipped"] = Field(
        "sigmoid", description="weight = sigmoid(x), or x kept in [0, 1]"
    )
    inner: float = Field(0.1, gt=0, description="step size of the lower level")
    outer: float = Field(100.0, ge=0, description="step size of x; 0 keeps x where it starts")
    outer_decay: float = Field(0.0, ge=0, description="e in outer (k + 1)^-e")


class _Stochastic(Weighted):
    batch_size: int = Field(64, ge=1, description="samples per stochastic gradient")
    inner_decay: float = Field(0.0, ge=0, description="e in inner (k + 1)^-e")


class Soba(_Stochastic):
    """SOBA."""

    name: Literal["soba"] = "soba"


class Saba(_Stochastic):
    """SABA."""

    name: Literal["saba"] = "saba"


class StocBio(_Stochastic):
    """StocBiO."""

    name: Literal["stocbio"] = "stocbio"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    num_terms: int = Field(10, ge=0, description="Q, terms of the Neumann series")


class Amigo(_Stochastic):
    """AmIGO."""

    name: Literal["amigo"] = "amigo"
    num_inner: int = Field(10, ge=1, description="T, lower steps, and steps on the linear system")


class _Multiplier(_Stochastic):
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    pulled_decay: float = Field(
        0.0, ge=0, description="e in inner (k + 1)^-e of the pulled sequence"
    )
    multiplier: float = Field(1.0, gt=0, description="lambda_0")
    growth: float = Field(0.1, ge=0, description="delta, growth of lambda at the first step")
    growth_decay: float = Field(0.0, ge=0, description="e in delta (k + 1)^-e")
    paired: bool = Field(
        False, description="one batch for both lower gradients of a step on x; the paper draws two"
    )


class F2sa(_Multiplier):
    """F2SA."""

    name: Literal["f2sa"] = "f2sa"


class F2saAdam(_Multiplier):
    """F2SA with Adam."""

    name: Literal["f2sa_adam"] = "f2sa_adam"
    beta_1: float = Field(0.9, ge=0, lt=1, description="decay of the mean of directions")
    beta_2: float = Field(0.99, ge=0, lt=1, description="decay of the mean of their squares")


class ReverseMode(Weighted):
    """Reverse-mode differentiation through the lower-level steps."""

    name: Literal["reverse_mode"] = "reverse_mode"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")


class ImplicitCg(Weighted):
    """Implicit differentiation with conjugate gradients."""

    name: Literal["implicit_cg"] = "implicit_cg"
    num_inner: int = Field(10, ge=1, description="T, lower steps per step of x")
    num_conjugate: int = Field(10, ge=1, description="Q, conjugate gradient steps at most")


class Filter(Closed):
    """No bilevel method: a rule that keeps samples."""

    name: Literal["filter"] = "filter"
    rule: Literal[
        "all_noisy", "oracle", "validation_only", "disagreement", "confident_learning"
    ] = Field("disagreement", description="which samples are kept")
    ridge: float = Field(1e-3, ge=0, description="c of the model that judges the labels")
    margin: float = Field(0.0, description="disagreement: keep above this log-odds of the label")
    num_folds: int = Field(5, ge=2, description="confident learning: folds of cross-validation")
    filter_by: Literal["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"] = (
        Field("prune_by_noise_rate", description="confident learning: cleanlab's rule")
    )


PEERS = (Soba, Saba, StocBio, Amigo, F2sa, F2saAdam, ReverseMode, ImplicitCg)
OURS = (RelaxPenalize, Agreement, Filter)
MODELS = {model.model_fields["name"].default: model for model in (*PEERS, *OURS)}
AnyPeer = Soba | Saba | StocBio | Amigo | F2sa | F2saAdam | ReverseMode | ImplicitCg
AnyMethod = AnyPeer | RelaxPenalize | Agreement | Filter


def method_arrays(method: AnyMethod, num_train: int) -> dict[str, int]:
    """Return bytes of what a method holds at least, by the settings that make it so large."""
    arrays = {}
    if isinstance(method, Estimated) and method.batch_size is not None:
        sizes = (method.batch_size, method.num_steps)
        arrays["method.batch_size {} with method.num_steps {}".format(*sizes)] = (
            prod(sizes) * NUMBER
        )
    if isinstance(method, RelaxPenalize | Agreement) and method.estimator in WITH_DIRECTIONS:
        counts = method.num_directions
        most = max(counts) if isinstance(counts, list) else counts
        what = f"method.num_directions {most} with data.num_train {num_train}"
        arrays[what] = most * num_train * NUMBER
    if isinstance(method, Agreement):
        arrays[f"method.num_draws {method.num_draws}"] = method.num_draws * ROW
    if isinstance(method, ReverseMode):  # it keeps its steps to go back over them
        arrays[f"method.num_inner {method.num_inner}"] = method.num_inner * ROW
    return arrays
