"""All settings of a run of a comparison: the instance, the budget, one method and its own settings."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError, model_validator

from relaxpen.experiment.comparison.estimator_settings import Estimated
from relaxpen.experiment.comparison.methods import MODELS, PEERS, AnyMethod, AnyPeer, method_arrays
from relaxpen.experiment.data_settings import DATA, DISTILLED, NOISY, AnyData, Ijcnn1Data, NoisyData
from relaxpen.experiment.penalized.settings import (
    DistillationSettings,
    GroupLassoSettings,
    PenalizedSettings,
    Projected,
    Saga,
    Subset,
)
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Closed, explain
from relaxpen.inputs.sizes import ROW, refuse_bytes, refuse_steps
from relaxpen.inputs.suggestions import nearest, unknown


class Features(Closed):
    """What is done to the pixels."""

    scaling: Literal["unit", "standard"] = Field(
        "unit",
        description="unit: pixels / 255; standard: also mean 0, variance 1 by pixel, on train",
    )
    bias: bool = Field(True, description="a last column of ones")


class ComparisonLower(Closed):
    """The lower-level problem that all methods share."""

    ridge: float = Field(1e-3, ge=0, description="c in c |w|^2, all weights, bias included")


class Measure(Closed):
    """What is measured on the way; it changes no iterate."""

    num_checkpoints: int = Field(16, ge=2, description="measurements, at costs of equal ratio")
    first: float = Field(0.01, ge=1e-9, lt=1, description="cost at the first one, of the budget")
    value_every: int = Field(
        3, ge=0, description="value function at every n-th of them; 0: only at the end"
    )
    joined: bool = Field(
        True, description="also train a final model on what is kept and the validation set together"
    )


class ComparisonSettings(Closed):
    """What the settings of every run of a comparison have, apart from its seed and the machine."""

    data: AnyData
    features: Features = Features()
    budget: float = Field(1000.0, gt=0, description="gradients over all n samples")
    precision: Literal["float32", "float64"] = Field(
        "float32", description="precision of the lower level"
    )
    measure: Measure = Measure()
    method: Annotated[AnyMethod, Field(discriminator="name")]

    @property
    def arrays(self) -> dict[str, int]:
        """Bytes of what a run holds at least, by the settings that make it so large."""
        rows, num_train = self.measure.num_checkpoints, self.data.num_train
        arrays = {f"measure.num_checkpoints {rows}": rows * ROW}
        return getattr(self.data, "arrays", {}) | arrays | method_arrays(self.method, num_train)

    @model_validator(mode="after")
    def _possible(self) -> "ComparisonSettings":
        refuse_bytes(self.arrays)
        batch = getattr(self.method, "batch_size", None) or self.data.num_train
        batches = self.data.num_train / min(batch, self.data.num_train)
        refuse_steps(f"budget {self.budget:g}", self.budget * batches)
        return self

    @property
    def rule(self) -> str:
        """The rule whose code makes such a run."""
        if isinstance(self, SelectionSettings):
            return "selection"
        return "agreement" if self.method.name == "agreement" else "comparison"


class CleaningSettings(ComparisonSettings):
    """The complete settings of a run that cleans labels."""

    data: NoisyData
    lower: ComparisonLower = ComparisonLower()
    initial_weight: float = Field(
        0.5, gt=0, lt=1, description="weight of every sample at the start"
    )

    @model_validator(mode="after")
    def _bins_have_samples(self) -> "CleaningSettings":
        guided = isinstance(self.method, Estimated) and self.method.estimator.startswith("guided")
        if guided and self.method.num_bins > self.data.num_train:
            raise ValueError(
                f"method.num_bins {self.method.num_bins} is larger than data.num_train "
                f"{self.data.num_train}; give at most one per sample"
            )
        return self


class SelectionSettings(ComparisonSettings):
    """The complete settings of a run that selects the regularization of each feature."""

    data: Ijcnn1Data
    initial_coefficient: float = Field(
        0.5, gt=0, description="exp(x) of every feature at the start; the public code draws (0, 1)"
    )
    method: Annotated[AnyPeer, Field(discriminator="name")]


AnyContest = ComparisonSettings | PenalizedSettings


class Kind(NamedTuple):
    """Settings of runs on a source, the methods that can be run there, and what they do."""

    settings: type[AnyContest]
    methods: dict[str, type[Closed]]
    does: str


_PEERS = {name: model for name, model in MODELS.items() if model in PEERS}
KINDS = {
    **dict.fromkeys(NOISY, Kind(CleaningSettings, MODELS, "labels are cleaned")),
    "ijcnn1": Kind(SelectionSettings, _PEERS, "regularization is selected"),
    "group_lasso": Kind(GroupLassoSettings, {"saga": Saga}, "groups are learnt"),
    **dict.fromkeys(
        DISTILLED,
        Kind(DistillationSettings, {"projected": Projected, "subset": Subset}, "data is distilled"),
    ),
}
# What method.as_published stands for: the gradient, the projection and the steps of the public code.
AS_PUBLISHED = "method.as_published"
PUBLISHED = {
    "blog": {"method.step_size": 1e-5},
    "music": {"method.step_size": 1e-3, "method.epsilon_decay": 3.1622776601683795e-2},
}
METHODS = {name: None for kind in KINDS.values() for name in kind.methods}


def resolve_comparison(overrides: dict[str, Any]) -> AnyContest:
    """Return complete settings from dotted keys, such as {"method.name": "soba"}.

    Raises SettingsError naming each key that is unknown or out of range.
    """
    source, method = overrides.get("data.source"), overrides.get("method.name")
    for key, value in overrides.items():
        if key in ("data.source", "method.name") and not isinstance(value, str):
            raise SettingsError(f"{key} is {shown(value)}; expected one name")
    if source not in DATA:
        expected = nearest(source, list(DATA), " or ".join(DATA))
        raise SettingsError(f"data.source is {shown(source)}; {expected}")
    if method not in METHODS:
        raise SettingsError(unknown("method", str(method), list(METHODS)))
    kind = KINDS[source]
    if method not in kind.methods:
        raise SettingsError(
            f"method {method} cannot be run on data.source {source}, where {kind.does} by one of "
            f"{', '.join(kind.methods)}"
        )
    overrides = _without_shorthand(overrides, source, method)
    known = known_keys(source, method)
    nested: dict[str, Any] = {"data": {}, "method": {}}
    for key, value in overrides.items():
        if key not in known:
            where = f" for data.source {source} and method {method}"
            raise SettingsError(unknown("setting", key, known, where))
        *section, name = key.split(".")
        (nested.setdefault(section[0], {}) if section else nested)[name] = value
    try:
        return kind.settings.model_validate(nested)
    except ValidationError as error:
        raise SettingsError(explain(error, kind.settings, (*DATA, *METHODS), "settings")) from None


def _without_shorthand(overrides: dict[str, Any], source: str, method: str) -> dict[str, Any]:
    """Return overrides with the settings that method.as_published stands for in its place."""
    given = {key: value for key, value in overrides.items() if key != AS_PUBLISHED}
    if AS_PUBLISHED not in overrides:
        return given
    if overrides[AS_PUBLISHED] is not True or method != "projected":
        raise SettingsError(
            f"{AS_PUBLISHED} is true or left out, and for method projected; got "
            f"{overrides[AS_PUBLISHED]!r} for {method}"
        )
    own = {f"method.{part}": "published" for part in ("gradient", "projection")}
    own |= PUBLISHED[source]
    if both := sorted(set(own) & set(given)):
        raise SettingsError(f"{AS_PUBLISHED} sets {both[0]}; leave out one of the two")
    return given | own


def recorded_comparison(values: dict[str, Any]) -> AnyContest:
    """Return the settings that a record or a manifest of a run holds."""
    return KINDS[values["data"]["source"]].settings.model_validate(values)


def known_keys(source: str, method: str) -> list[str]:
    """Return every dotted key that runs of a method on a data source may set."""
    kind = KINDS[source].settings
    chosen = {"data": DATA[source], "method": KINDS[source].methods[method]}
    known = []
    for name, field in kind.model_fields.items():
        model = chosen.get(name, field.annotation)
        inside = getattr(model, "model_fields", None)
        known += [name] if inside is None else [f"{name}.{key}" for key in inside]
    if kind is SelectionSettings:
        known.remove("method.weights")  # no sample has a weight
    return known
