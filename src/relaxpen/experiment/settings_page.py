"""config/README.md, made from the settings themselves."""

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from relaxpen.experiment.comparison.methods import MODELS
from relaxpen.experiment.comparison.settings import (
    CleaningSettings,
    ComparisonLower,
    Features,
    Measure,
    SelectionSettings,
)
from relaxpen.experiment.data_settings import NOISY, UNLABELLED, Ijcnn1Data
from relaxpen.experiment.penalized.settings import (
    DistillationSettings,
    GroupLassoLower,
    GroupLassoSettings,
    Projected,
    Saga,
    Subset,
)
from relaxpen.experiment.settings import (
    SOURCE_DEFAULTS,
    Lower,
    Settings,
    Upper,
)

HEAD = """# Configuration

`config.yaml` says which studies `snakemake` runs and where the data is. A study is a file in `studies/`:
one question, a grid of cells, the methods and seeds that answer it. Only what differs from the defaults
is written down; the records hold the complete settings.

| key of a study | meaning |
|---|---|
| `description` | the question |
| `fixed` | settings of every cell, `section.name: value` |
| `fixed_by_source` | the same, for one data source only |
| `grid` | settings that are swept, each with its list of values; a cell is one combination |
| `methods` | which methods, from the list below |
| `references` | whether to train on all noisy data, on clean validation data only, on the oracle mask |
| `seeds` | each has its own split, corruption and directions |
| `targets` | test losses; the time to reach them is measured: a number, `noisy` or `halfway` |
| `tables`, `figures` | tables and figures to make |
| `smoke` | label tables and figures as a smoke test |

| method | what it is |
|---|---|
| `relax_penalize` | the algorithm: zeroth-order Frank-Wolfe under a growing penalty |
| `relax_round` | the same without penalty, for the same number of steps, then rounded |
| `exact_gradient` | the algorithm with the exact gradient instead of random directions |
| `no_cleaning` | the mask stays at θ₀ for the same number of steps: training alone |
| `as_printed` | Algorithm 3.2 taken literally |

The target `noisy` is the test loss of the model trained on all noisy data of the instance, `halfway` lies
between that and the oracle mask's.

These files, `config.yaml` and values on the command line are read by the core rules of YAML 1.2: `1e5`
is a number, `010` is ten, and `1:30`, `1_000`, `yes` and `on` are words. A key may stand once, and a
list names no value twice. A whole number is written as one (neither `3.0` nor `true` nor `"3"` is) and
at most 4294967295. A run may need 64 GiB of memory and 10¹⁰ steps one after another; what needs more is
refused by arithmetic.

A misspelt key or a value out of range stops Snakemake before its first job, and `relaxpen` with one
sentence and exit code 2. This page is made by `python -m relaxpen settings > config/README.md`; a test
holds it to the code.
"""

COMPARISONS = """# Any other method

`relaxpen run --set method.name=NAME data.source=mnist ... --out FOLDER` runs any method at a budget of
lower-level gradients. Data settings are those above, or those of ijcnn1
(`data.source` must be given); the other settings follow.
"""

PENALIZED = """# The paper on relaxing and penalizing

Groups of features are learnt by `method.name=saga` on `data.source=group_lasso`, data is distilled by
`method.name=projected`, or chosen without a search by `method.name=subset`, on `data.source=blog` or
`music`. `method.as_published=true` stands for what the public code of the paper does: its gradient,
projection and step size, and for music its `method.epsilon_decay`.
"""


def settings_page() -> str:
    """Return the text of config/README.md: every setting, its default by data source, its meaning."""
    sections = [
        HEAD,
        *(
            _section(f"data (source {source})", "data", NOISY[source], (source,))
            for source in ("mnist", "fashion_mnist", "synthetic")
        ),
        _section("lower: the lower-level problem and its solver", "lower", Lower),
        _section("upper: the outer method", "upper", Upper),
        _section("precision", "", Settings),
        COMPARISONS,
        *_comparison_sections(),
        PENALIZED,
        *_penalized_sections(),
    ]
    return "\n".join(sections)


def _comparison_sections() -> list[str]:
    """Return the settings of every method of a comparison, and those that all share."""
    shared = {"features": Features, "lower": ComparisonLower, "measure": Measure}
    sections = [_section("data (source ijcnn1)", "data", Ijcnn1Data, plain=True)]
    sections += [_section(name, name, model, plain=True) for name, model in shared.items()]
    kinds = {"cleaning labels": CleaningSettings, "source ijcnn1": SelectionSettings}
    for title, kind in kinds.items():
        sections.append(_section(f"budget, precision, start ({title})", "", kind, plain=True))
    for name, model in MODELS.items():
        sections.append(_section(f"method.name={name}", "method", model, plain=True))
    return sections


def _penalized_sections() -> list[str]:
    """Return the settings of both problems of the paper on relaxing and penalizing."""
    parts = [(f"data (source {source})", "data", data) for source, data in UNLABELLED.items()]
    parts += [("lower (source group_lasso)", "lower", GroupLassoLower)]
    parts += [("progress (source group_lasso)", "", GroupLassoSettings)]
    parts += [("ridge, budget, progress (sources blog, music)", "", DistillationSettings)]
    methods = {"saga": Saga, "projected": Projected, "subset": Subset}
    parts += [(f"method.name={name}", "method", model) for name, model in methods.items()]
    return [_section(title, prefix, model, plain=True) for title, prefix, model in parts]


def _section(
    title: str,
    prefix: str,
    model: type[BaseModel],
    sources: tuple[str, ...] = (),
    plain: bool = False,
) -> str:
    lines = [f"## {title}", "", "| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key = f"{prefix}.{name}" if prefix else name
        if field.description:
            known = _text(field.default)
            default = known if plain else _default(key, field, sources or tuple(SOURCE_DEFAULTS))
            lines.append(
                f"| `{key}` | {default} | {_allowed(field)} | {_cell(field.description)} |"
            )
    return "\n".join([*lines, ""])


def _default(key: str, field: FieldInfo, sources: tuple[str, ...]) -> str:
    values = {source: SOURCE_DEFAULTS[source].get(key, field.default) for source in sources}
    if len(set(values.values())) == 1:
        return _text(next(iter(values.values())))
    return ", ".join(f"{source} {_text(value)}" for source, value in values.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(field: FieldInfo) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(bound, name):g}"
        for bound in field.metadata
        for name, sign in signs.items()
        if hasattr(bound, name)
    ]
    options = getattr(field.annotation, "__args__", ())
    words = [f"`{word}`" for word in options if isinstance(word, str)]
    return ", ".join(bounds or words) or "–"
