"""The methods of the thesis: what each is, and what its final masks are called and drawn like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class FinalMask(NamedTuple):
    """What a mask is called and drawn like; ``iterate`` is what it was rounded from."""

    trained_on: str  # in tables, of the model that is trained on what it keeps
    label: str  # in figures
    iterate: str
    color: str
    marker: str


class ReferenceModel(NamedTuple):
    """What a model that methods are set beside is called and drawn like."""

    label: str
    color: str
    line_style: str


@dataclass(frozen=True)
class ThesisMethod:
    """A method: what it is, and its final masks, none where the mask is not what is asked for."""

    does: str
    masks: Mapping[str, FinalMask] = field(default_factory=dict)
    takes_steps_over: bool = False  # it takes as many steps as relax_penalize


ZEROTH_ORDER = "relax and penalize (zeroth order)"
EXACT = "relax and penalize (exact gradient)"
RELAXED = "relaxation, before rounding"
METHODS = {
    "relax_penalize": ThesisMethod(
        "the algorithm: zeroth-order Frank-Wolfe under a growing penalty",
        {"nearest": FinalMask("filtered", ZEROTH_ORDER, ZEROTH_ORDER, "#0072b2", "o")},
    ),
    "relax_round": ThesisMethod(
        "the same without penalty, for the same number of steps, then rounded",
        {
            "nearest": FinalMask(
                "relaxed, rounded at 1/2", "relaxation, rounded at 1/2", RELAXED, "#d55e00", "^"
            ),
            "budget": FinalMask(
                *("relaxed, rounded to its mass", "relaxation, rounded to its mass", RELAXED),
                *("#cc79a7", "v"),
            ),
        },
        takes_steps_over=True,
    ),
    "exact_gradient": ThesisMethod(
        "the algorithm with the exact gradient instead of random directions",
        {"nearest": FinalMask("filtered by the exact gradient", EXACT, EXACT, "#009e73", "s")},
    ),
    "no_cleaning": ThesisMethod(
        "the mask stays at θ₀ for the same number of steps: training alone", takes_steps_over=True
    ),
    "as_printed": ThesisMethod("Algorithm 3.2 taken literally"),
}
TAKE_STEPS_OVER = tuple(name for name, one in METHODS.items() if one.takes_steps_over)
REFERENCE_MODELS = {
    "noisy": ReferenceModel("all noisy data", "#555555", "--"),
    "oracle": ReferenceModel("oracle mask", "#000000", ":"),
    "validation_only": ReferenceModel("clean validation data only", "#8a6d3b", "-."),
}
