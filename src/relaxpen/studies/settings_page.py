"""config/README.md, made from the settings themselves."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.models import Overrides
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.task import Task
from relaxpen.tasks.thesis.methods import METHODS

HEAD = """\
# Configuration

`config.yaml` says which studies there are and where the data is. A study is a file in `studies/`:
one question, a task, the methods and seeds that answer it. Only what differs from the defaults is
written down; the records hold the complete settings.

| key of a study | meaning |
|---|---|
| `task` | the problem, one of those below: its settings, methods, tables and figures |
| `description` | the question |
| `group` | made together by `make GROUP`; left out: `all`, what `snakemake` makes |
| `fixed` | settings of every run, `section.name: value` |
| `fixed_by_source` | more of them, for one data source only |
| `grid` | swept settings, each with a list of values; combinations are instances or cells |
| `instances` | combinations, in place of a grid |
| `methods` | names; or by name a `title`, `fixed` settings and a `grid` of its own |
| `shared`, `points` | methods of `contenders.yaml`, at `all` points of their grids or the `chosen` ones |
| `references` | also train on all noisy data, on clean validation data only, on the oracle mask |
| `seeds` | each has its own split, corruption and directions |
| `targets` | test losses; the time to reach them is measured: a number, `noisy` or `halfway` |
| `tables`, `figures` | tables and figures to make |
| `smoke` | label tables and figures as a smoke test |

The target `noisy` is the test loss of the model trained on all noisy data of the instance, `halfway` lies
between that and the oracle mask's. Of task thesis, swept settings of the data make an instance, all
others a cell, and methods are these:

| method | what it is |
|---|---|
"""
BELOW_METHODS = """
`relaxpen run --set method.name=NAME data.source=SOURCE ... --out FOLDER` runs any method of the other
tasks by hand, without `method.name` one of the thesis. `method.as_published=true` stands for what the
public code of data distillation does: its gradient, projection and step size, and for music its
`method.epsilon_decay`.

These files and values on the command line are read by the core rules of YAML 1.2: `1e5` is a number,
`010` is ten, and `1:30`, `1_000`, `yes` and `on` are words. A key may stand once, and a list names no
value twice. A whole number is written as one (neither `3.0` nor `true` nor `"3"` is) and at most
4294967295. A run may need 64 GiB of memory and 10¹⁰ steps one after another; what needs more is
refused by arithmetic.

A misspelt key or a value out of range stops Snakemake before its first job, and `relaxpen` with one
sentence and exit code 2. This page is made by `python -m relaxpen settings > config/README.md`; a test
holds it to the code.
"""


def settings_page() -> str:
    """Return the text of config/README.md: every setting, its default by data source, its meaning."""
    methods = "".join(f"| `{name}` | {one.does} |\n" for name, one in METHODS.items())
    sections = [
        HEAD + methods + BELOW_METHODS,
        "# Tasks",
        "",
        "| task | what it does | data sources | methods |",
        "|---|---|---|---|",
    ]
    for task in TASKS.values():
        cells = (task.name, task.does, ", ".join(task.sources), ", ".join(task.methods))
        sections.append(f"| {' | '.join(cells)} |")
    sections += ["", "# Data", ""]
    for name, source in SOURCES.items():
        sections.append(_section(f"data (source {name})", "data", source.settings))
    seen: set[tuple[str, type[BaseModel]]] = set()
    for task in TASKS.values():
        sections += [f"# Task {task.name}", "", *_of_task(task, seen)]
    return "\n".join(sections)


def _of_task(task: Task, seen: set[tuple[str, type[BaseModel]]]) -> Iterator[str]:
    """Yield the sections of a task: its own settings, those inside, and those of its methods."""
    defaults = {name: task.settings.completed({"data.source": name}) for name in task.sources}
    yield _section(f"settings (task {task.name})", "", task.settings, defaults)
    inside = {
        name: field.annotation
        for name, field in task.settings.model_fields.items()
        if name not in ("data", "method")
    }
    models = {f"{name} (task {task.name})": (name, model) for name, model in inside.items()}
    models |= {f"method.name={name}": ("method", model) for name, model in task.methods.items()}
    for title, (prefix, model) in models.items():
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        if (prefix, model) not in seen:
            seen.add((prefix, model))
            yield _section(title, prefix, model, defaults)


def _section(
    title: str,
    prefix: str,
    model: type[BaseModel],
    defaults: Mapping[str, Overrides] | None = None,
) -> str:
    lines = [f"## {title}", "", "| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key = f"{prefix}.{name}" if prefix else name
        if field.description:
            default = _default(key, field, defaults or {})
            lines.append(
                f"| `{key}` | {default} | {_allowed(field)} | {_cell(field.description)} |"
            )
    return "\n".join([*lines, ""])


def _default(key: str, field: FieldInfo, defaults: Mapping[str, Overrides]) -> str:
    """Return the default of a setting, by data source where it depends on it."""
    values = {source: one.get(key, field.default) for source, one in defaults.items()}
    if len({str(value) for value in values.values()}) < 2:
        return _text(next(iter(values.values()), field.default))
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
