"""What the verbs do that look at results: each returns its exit code."""

from argparse import Namespace
from pathlib import Path

import yaml

from relaxpen.experiment.plan import Plan, make_plan

CONFIG = Path("config/config.yaml")


def plan_of(studies: list[str] | None) -> Plan:
    """Return the plan of some studies, by default of those in config/config.yaml."""
    config = yaml.safe_load(CONFIG.read_text())
    return make_plan(config | ({"studies": studies} if studies else {}))


def made(options: Namespace) -> int:
    """Print the tables and figures of the studies and whether they exist."""
    from relaxpen.audit.reference import listing

    print(listing(plan_of(options.studies)))
    return 0


def reference(options: Namespace) -> int:
    """Keep the results of the configured studies as the committed reference."""
    from relaxpen.audit.reference import keep_as_reference

    del options
    print(f"reference kept; root {keep_as_reference(plan_of(None))}")
    return 0


def verify(options: Namespace) -> int:
    """Check results against their manifests; by default all that there are."""
    from relaxpen.audit.store import LOCK, live, reference, store_of
    from relaxpen.audit.verify import verify
    from relaxpen.experiment.mnist_files import DataError

    if options.path:
        path = Path(options.path)
        store = store_of(path)
        whole = str(path) in store.folders.values()
        reports = [verify(store, None if whole else path)]
    else:
        stores = [live()] if any(live().manifests()) else []
        stores += [reference()] if LOCK.exists() else []
        reports = [verify(store) for store in stores]
    if not reports:
        raise DataError("there are no results here to verify; run make reproduce")
    print("\n".join(line for report in reports for line in report.lines()))
    failed = [one for one in reports if one.broken or (one.stale and one.store != "reference")]
    stale = options.strict and any(one.stale for one in reports)
    return int(bool(failed or stale))


def trace(options: Namespace) -> int:
    """Print the chain behind one file, or behind one row of a table."""
    from relaxpen.audit.trace import trace

    print("\n".join(trace(options.path, options.row)))
    return 0


def replay(options: Namespace) -> int:
    """Compute some recorded runs again and compare."""
    from collections import Counter

    from relaxpen.audit.replay import TOLERANCE, replay, sample_runs
    from relaxpen.audit.store import live

    found: Counter[str] = Counter()
    for name, manifest in sample_runs(live(), options.sample, options.seed):
        verdict = replay(name, manifest)
        found[verdict] += 1
        print(f"{Path(name).parent}: {verdict}", flush=True)
    parts = ", ".join(
        f"{found[word]} {word}" for word in ("bitwise", "within tolerance", "different")
    )
    print(f"{options.sample} runs computed again: {parts} (tolerance: {TOLERANCE:g} of each loss)")
    return int(found["different"] > 0)


def compare(options: Namespace) -> int:
    """Set the results beside the reference."""
    from relaxpen.audit.compare import compare
    from relaxpen.audit.store import live, reference

    studies = list(plan_of(options.studies).studies)
    lines, agree = compare(live(), reference(), studies)
    print("\n".join(lines))
    return int(not agree)


def crate(options: Namespace) -> int:
    """Pack the results and their provenance for archives, or check what was packed."""
    if options.validate:
        from relaxpen.audit.crate_validate import validate

        verdict = validate(options.validate, options.contexts)
        print("\n".join(verdict.lines()))
        return int(not verdict.valid)
    from relaxpen.audit.bag import pack

    packed = pack(options.out, options.author, options.orcid, options.with_data)
    size = f"{packed.num_files} files, {packed.num_bytes / 1e6:.1f} MB"
    print(f"{options.out}: {packed.num_actions} actions, {size}")
    print("\n".join(f"note: {text}" for text in packed.stale), end="\n" if packed.stale else "")
    print(f"check it with: relaxpen crate --validate {options.out}")
    return 0


def report(options: Namespace) -> int:
    """Write figures, tables and claims as one HTML file, from what the workflow has made."""
    import subprocess

    answer = subprocess.run(["snakemake", "--report", str(options.out)])
    return answer.returncode
