"""The rules that measure speed and rounding."""

from relaxpen.records.rule import Rule

BENCH = Rule(
    "bench",
    (
        "relaxpen.bench.step.bench",
        "relaxpen.bench.step.manifest_share",
        "relaxpen.bench.kernels.bench_kernels",
    ),
)
PRECISION = Rule("precision", ("relaxpen.bench.precision.report",))
