"""One run: a method by its name on an instance."""

from collections.abc import Iterator

from relaxpen.data.streams import torch_stream
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.thesis.build import build_method, build_problem
from relaxpen.tasks.thesis.search import run_search
from relaxpen.tasks.thesis.settings import Settings


def run_method(
    settings: Settings, method: str, instance: Instance, seed: int, num_steps: int | None = None
) -> Iterator[RunResult]:
    """Run one of METHODS to its end, yielding the growing result after each step, for progress.

    ``num_steps`` fixes the number of Frank-Wolfe steps; without it the run stops when binary, or
    after the last round.
    """
    problem = build_problem(settings, instance)
    outer = build_method(settings, method, problem.num_hyper)
    streams = (torch_stream(seed, "directions"), torch_stream(seed, "batches"))
    to_budget = method == "relax_round"
    return run_search(settings, problem, outer, instance, streams, num_steps, to_budget)
