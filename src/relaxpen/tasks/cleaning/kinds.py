"""Every estimator of the gradient that relax and penalize can be given, by its name in settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relaxpen.inputs.registry import Registry

if TYPE_CHECKING:  # slow to import, and settings do without
    from torch import Tensor

    from relaxpen.method.estimators import GradientEstimator
    from relaxpen.problems.pulled import PulledCleaning

    Estimator = GradientEstimator[PulledCleaning, Tensor]


class Parameters(Protocol):
    """What estimators are built from: numbers and names that settings hold."""

    @property
    def law(self) -> str:
        """The law of random directions."""
        ...

    @property
    def num_directions(self) -> int:
        """m, directions per step."""
        ...

    @property
    def num_bins(self) -> int:
        """q, bins of guided directions."""
        ...

    @property
    def radius_floor(self) -> float:
        """The least radius c_j."""
        ...

    @property
    def strength(self) -> float:
        """s, strength of the value difference."""
        ...

    @property
    def symmetric(self) -> bool:
        """Whether it pulls in both directions."""
        ...


Build = Callable[[Parameters, int], "Estimator"]  # of settings and entries of a mask


@dataclass(frozen=True)
class Kind:
    """An estimator: how it is built, and what else depends on which one it is."""

    build: Build
    has_directions: bool = False  # it sends directions, and more of them are better
    is_random: bool = False  # they are drawn, and can be paired
    is_noise: bool = False  # it is random through and through: worth averaging over steps
    pulls: bool = False  # it has a strength
    num_passes: tuple[int, int] = (0, 0)  # losses of all training samples, plain and symmetric
    on_batches: bool = True  # with minibatches, so are its gradients of the upper level


def _guided(method: Parameters, num_hyper: int) -> "Estimator":
    from relaxpen.method.directional import GuidedDirections
    from relaxpen.method.schedules import SahuRadius

    radius = SahuRadius(num_hyper, method.num_directions, floor=method.radius_floor)
    return GuidedDirections(min(method.num_directions, method.num_bins), method.num_bins, radius)


def _pulled(method: Parameters, num_hyper: int) -> "Estimator":
    from relaxpen.method.value_difference import ValueDifference

    del num_hyper
    return ValueDifference(method.strength, method.symmetric)


def _exact(method: Parameters, num_hyper: int) -> "Estimator":
    from relaxpen.method.estimators import ExactHypergradient

    del method, num_hyper
    return ExactHypergradient()


def _differences(method: Parameters, num_hyper: int, base: "Estimator | None") -> "Estimator":
    from relaxpen.method.directional import Differences
    from relaxpen.method.directions import LAWS
    from relaxpen.method.schedules import SahuRadius

    radius = SahuRadius(num_hyper, method.num_directions, floor=method.radius_floor)
    law = LAWS[method.law]
    return Differences(method.num_directions, radius, law, base, shrink=base is not None)


def _random(method: Parameters, num_hyper: int) -> "Estimator":
    return _differences(method, num_hyper, None)


def _guided_and_random(method: Parameters, num_hyper: int) -> "Estimator":
    return _differences(method, num_hyper, _guided(method, num_hyper))


def _controlled(method: Parameters, num_hyper: int) -> "Estimator":
    return _differences(method, num_hyper, _pulled(method, num_hyper))


RANDOM = Kind(_random, has_directions=True, is_random=True, is_noise=True)
GUIDED = Kind(_guided, has_directions=True, num_passes=(1, 1))
GUIDED_AND_RANDOM = Kind(
    _guided_and_random, has_directions=True, is_random=True, is_noise=True, num_passes=(1, 1)
)
VALUE_DIFFERENCE = Kind(_pulled, pulls=True, num_passes=(2, 3))
CONTROLLED = Kind(_controlled, has_directions=True, is_random=True, pulls=True, num_passes=(2, 3))
EXACT = Kind(_exact, on_batches=False)
KINDS: Registry[Kind] = Registry(
    {
        "random": RANDOM,
        "guided": GUIDED,
        "guided_and_random": GUIDED_AND_RANDOM,
        "value_difference": VALUE_DIFFERENCE,
        "controlled": CONTROLLED,
        "exact": EXACT,
    }
)
