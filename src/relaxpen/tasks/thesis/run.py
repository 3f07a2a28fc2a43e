"""One run: a method by its name on an instance."""

from collections.abc import Iterator

from relaxpen.data.streams import torch_stream
from relaxpen.problems.samples import Instance
from relaxpen.records.outcome import RunResult
from relaxpen.tasks.task import Asked
from relaxpen.tasks.thesis.build import build_method, build_problem
from relaxpen.tasks.thesis.search import run_search
from relaxpen.tasks.thesis.settings import ThesisSettings


def run_thesis(settings: ThesisSettings, instance: Instance, asked: Asked) -> Iterator[RunResult]:
    """Run one of METHODS to its end, yielding the growing result after each step, for progress.

    ``asked.num_steps`` fixes the number of Frank-Wolfe steps; without it the run stops when binary,
    or after the last round.
    """
    problem = build_problem(settings, instance)
    outer = build_method(settings, asked.method, problem.num_hyper)
    streams = (torch_stream(asked.seed, "directions"), torch_stream(asked.seed, "batches"))
    to_budget = asked.method == "relax_round"
    return run_search(settings, problem, outer, instance, streams, asked.num_steps, to_budget)
