"""What the verb does that runs methods, one cell or every point of a grid."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from relaxpen.cli.commands import check_root, check_seeds, chosen_pool, parse_overrides
from relaxpen.experiment.comparison.contenders import point_name, points_of
from relaxpen.experiment.comparison.settings import AnyContest, resolve_comparison
from relaxpen.experiment.settings import METHODS, Settings, resolve
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import refuse_twice
from relaxpen.inputs.sizes import refuse_bytes_here


def run(options: Namespace) -> None:
    """Run one method on one cell for each seed, on an instance that is given or made on the way.

    With an instance, as in the workflow, runs that are there and are others are replaced; without,
    they are refused. With a grid, every point of it is a cell of its own.
    """
    from relaxpen.experiment.identity import set_threads
    from relaxpen.experiment.jobs import Batch, check_steps, run_batch
    from relaxpen.experiment.machine import choose_device
    from relaxpen.experiment.sweeps import run_sweep

    fixed, device = parse_overrides(options.set), choose_device(options.device)
    grid = _grid(options.grid)
    for key in sorted(set(grid) & set(fixed)):
        raise SettingsError(f"{key} is both in --set and in --grid; give it in one of them")
    points = points_of(grid)
    check_seeds(options.seeds)
    set_threads(options.threads)
    instance = options.instance or options.out / "instance"
    batches, words = {}, {"": options.words}
    for point in points:
        settings, method = _settings(fixed | point, options)
        pool = chosen_pool(options, settings.data.source)
        out = options.out / point_name(point)
        batch = Batch(settings, method, options.seeds, instance, pool, out, options.steps_of)
        batches[point_name(point)] = batch
        words[point_name(point)] = _words_of(options, instance, point) if point else options.words
    for batch in batches.values():
        refuse_bytes_here(batch.settings.arrays)
        check_steps(batch)
    for batch in batches.values():
        _prepare(options, batch)
    if options.grid:
        run_sweep(batches, options.out, device, words)
    else:
        run_batch(batches[""], device, options.words)


def _settings(overrides: dict[str, Any], options: Namespace) -> tuple[Settings | AnyContest, str]:
    """Return complete settings and the method's name: of a comparison, if a method.name is set."""
    if "method.name" in overrides:
        for option in ("method", "steps_of"):
            if getattr(options, option) is not None:
                raise SettingsError(
                    f"--{option.replace('_', '-')} is for methods of the thesis, and method.name is "
                    "one of a comparison; give one of them"
                )
        chosen = resolve_comparison(overrides)
        return chosen, chosen.method.name
    return resolve(overrides), options.method or METHODS[0]


def _prepare(options: Namespace, batch: Any) -> None:
    """Make the instance of a batch if none is given, and see that nothing else lies there."""
    from relaxpen.experiment import prepare
    from relaxpen.experiment.other_runs import refuse_other_runs

    if batch.pool is not None and not batch.pool.exists():
        check_root()  # where it will be made
    if options.instance is None:
        refuse_other_runs(batch)
        prepare.write_instance(
            batch.settings, batch.seeds, batch.pool, batch.instance, options.words
        )


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
