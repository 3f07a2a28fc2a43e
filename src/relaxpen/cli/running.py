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

if TYPE_CHECKING:  # slow to import
    from relaxpen.studies.batch import Batch


def run(options: Namespace) -> None:
    """Run one method on one cell for each seed, on an instance that is given or made on the way.

    With an instance, as in the workflow, runs that are there and are others are replaced; without,
    they are refused. With a grid, every point of it is a cell of its own.
    """
    fixed, grid = parse_overrides(options.set), _grid(options.grid)
    for key in sorted(set(grid) & set(fixed)):
        raise SettingsError(f"{key} is both in --set and in --grid; give it in one of them")
    check_seeds(options.seeds)
    batches, words = {}, {"": options.words}
    for point in points_of(grid):
        name = point_name(point)
        batches[name] = _batch(fixed | point, options, options.out / name)
        words[name] = _words_of(options, batches[name].instance, point) if point else options.words
    for batch in batches.values():
        refuse_bytes_here(batch.settings.arrays)
        for seed in batch.seeds:
            batch.num_steps(seed)  # runs whose steps are taken over must be there

    # torch takes three seconds, for which nothing that is refused need wait
    from relaxpen.records.identity import set_threads
    from relaxpen.records.machine import choose_device
    from relaxpen.studies.jobs import run_batch, run_sweep

    device = choose_device(options.device)
    set_threads(options.threads)
    for batch in batches.values():
        _prepare(options, batch)
    if options.grid:
        run_sweep(batches, options.out, device, words)
    else:
        run_batch(batches[""], device, options.words)


def _batch(overrides: Overrides, options: Namespace, out: Path) -> "Batch":
    """Return the batch of one point; its task is the thesis' unless a method.name is set."""
    from relaxpen.studies.batch import Batch

    task = task_of(overrides)
    method = options.method or next(iter(task.methods))
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
    return Batch(task, settings, method, options.seeds, instance, pool, out, options.steps_of)


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


def _words_of(options: Namespace, instance: Path, point: dict[str, Any]) -> list[str]:
    """Return the arguments that run one point alone."""
    import json

    swept = [f"{key}={json.dumps(value)}" for key, value in point.items()]
    words = ["run", "--set", *options.set, *swept, "--seeds", *map(str, options.seeds)]
    words += ["--threads", str(options.threads), "--instance", str(instance)]
    return [*words, "--out", str(options.out / point_name(point))]
