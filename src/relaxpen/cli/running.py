"""What the verb does that runs methods, one cell or every point of a grid."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxpen.cli.commands import check_root, check_seeds, parse_overrides
from relaxpen.cli.preparing import chosen_pool
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import Overrides, refuse_twice
from relaxpen.inputs.sizes import refuse_bytes_here
from relaxpen.studies.contenders import point_name, points_of
from relaxpen.tasks.resolve import resolve, task_of
from relaxpen.tasks.thesis.methods import STEPS_OF, TAKE_STEPS_OVER

if TYPE_CHECKING:  # slow to import
    from relaxpen.studies.batch import Batch


def run(options: Namespace) -> None:
    """Run one method on one cell for each seed, on an instance that is given or made on the way.

    With an instance, as in the workflow, runs that are there and are others are replaced; without,
    they are refused. With a grid, every point of it is a cell of its own; with several methods, each
    has a folder.
    """
    fixed, grid = parse_overrides(options.set), _grid(options.grid)
    for key in sorted(set(grid) & set(fixed)):
        raise SettingsError(f"{key} is both in --set and in --grid; give it in one of them")
    check_seeds(options.seeds)
    batches, words = {}, {"": options.words}
    for name, (method, point) in _parts(options, grid).items():
        batches[name] = _batch(fixed | point, options, method, options.out / name)
        words[name] = _words_of(options, batches[name], point) if name else options.words
    made = [batch.out for batch in batches.values()]
    for batch in batches.values():
        refuse_bytes_here(batch.settings.arrays)
        for seed in batch.seeds if batch.steps_of not in made else []:
            batch.num_steps(seed)  # runs whose steps are taken over must be there

    # torch takes three seconds, for which nothing that is refused need wait
    from relaxpen.records.identity import set_threads
    from relaxpen.records.machine import choose_device
    from relaxpen.studies.jobs import run_batch, run_sweep

    device = choose_device(options.device)
    set_threads(options.threads)
    for batch in batches.values():
        _prepare(options, batch)
    if len(batches) > 1 or options.grid:
        run_sweep(batches, options.out, device, words)
    else:
        run_batch(batches[""], device, options.words)


def _parts(
    options: Namespace, grid: dict[str, list[Any]]
) -> dict[str, tuple[str | None, Overrides]]:
    """Return the methods and points that are asked for, by the folder in OUT that each has to itself.

    Methods whose numbers of steps others take over come first.
    """
    methods = options.method or [None]
    if len(methods) == 1:
        return {point_name(point): (methods[0], point) for point in points_of(grid)}
    for option in ("grid", "steps_of"):
        if getattr(options, option):
            name = option.replace("_", "-")
            raise SettingsError(
                f"--method names several methods, and --{name} is for one; give one"
            )
    for method in methods:
        if methods.count(method) > 1:
            raise SettingsError(f"--method names {method} twice; give it once")
        if method in TAKE_STEPS_OVER and STEPS_OF not in methods:
            raise SettingsError(
                f"{method} takes over the numbers of steps of {STEPS_OF}; name it in --method too"
            )
    return {name: (name, {}) for name in sorted(methods, key=TAKE_STEPS_OVER.__contains__)}


def _batch(overrides: Overrides, options: Namespace, method: str | None, out: Path) -> "Batch":
    """Return the batch of one point; its task is the thesis' unless a method.name is set."""
    from relaxpen.studies.batch import Batch

    task, steps_of = task_of(overrides), options.steps_of
    if method in TAKE_STEPS_OVER and out != options.out:
        steps_of = options.out / STEPS_OF
    method = method or next(iter(task.methods))
    if not task.names_methods_alone:
        for option in ("method", "steps_of"):
            if getattr(options, option) is not None:
                raise SettingsError(
                    f"--{option.replace('_', '-')} is for methods of the thesis, and method.name is "
                    "one with settings of its own; give one of them"
                )
        method = str(overrides["method.name"])
    settings = resolve(task, overrides)
    pool = chosen_pool(options, settings.data.source)
    instance = options.instance or options.out / "instance"
    return Batch(task, settings, method, options.seeds, instance, pool, out, steps_of)


def _prepare(options: Namespace, batch: "Batch") -> None:
    """Make the instance of a batch if none is given, and see that nothing else lies there."""
    from relaxpen.data import prepare
    from relaxpen.studies.other_runs import refuse_other_runs

    if batch.pool is not None and not batch.pool.exists():
        check_root()  # where it will be made
    if options.instance is None:
        refuse_other_runs(batch)
        data = batch.settings.data
        prepare.write_instance(data, batch.seeds, batch.pool, batch.instance, options.words)


def _grid(pairs: list[str]) -> dict[str, list[Any]]:
    """Return {"method.inner": [0.1, 0.5]} for ["method.inner=[0.1,0.5]"]; one value is a list of one."""
    grid = {
        key: value if isinstance(value, list) else [value]
        for key, value in parse_overrides(pairs).items()
    }
    try:
        refuse_twice({f"--grid {key}": values for key, values in grid.items()})
    except ValueError as error:
        raise SettingsError(str(error)) from None
    for key, values in grid.items():
        if not values or any(isinstance(value, list | dict) for value in values):
            raise SettingsError(f"--grid {key} is {values}; expected KEY=[VALUE,...]")
        if key.startswith("data."):
            raise SettingsError(f"--grid sweeps {key}; a grid has one instance, give it in --set")
    return grid


def _words_of(options: Namespace, batch: "Batch", point: Overrides) -> list[str]:
    """Return the arguments that run one batch of several alone."""
    import json

    swept = [f"{key}={json.dumps(value)}" for key, value in point.items()]
    method = ["--method", batch.method] if options.method else []
    words = ["run", *method, "--set", *options.set, *swept, "--seeds", *map(str, options.seeds)]
    words += ["--threads", str(options.threads), "--instance", str(batch.instance)]
    if batch.steps_of:
        words += ["--steps-of", str(batch.steps_of)]
    return [*words, "--out", str(batch.out)]
