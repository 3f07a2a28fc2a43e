"""What the verbs do that look at results: each returns its exit code."""

import re
from argparse import Namespace
from pathlib import Path

from relaxpen.cli.commands import CLAIMS, CONFIG
from relaxpen.experiment.comparison.studies import FOLDER
from relaxpen.experiment.plan import Plan, make_plan
from relaxpen.inputs.errors import DataError, SettingsError
from relaxpen.inputs.yaml_files import read_yaml

MEASURED = [Path(f"results/{name}.md") for name in ("bench", "precision")]


def plan_of(studies: list[str] | None) -> Plan:
    """Return the plan of some studies and comparisons, by default of those in config/config.yaml."""
    config = read_yaml(CONFIG, "configuration")
    if studies:
        known = {path.stem for path in FOLDER.glob("*.yaml")}
        compared = [name for name in studies if name in known]
        named = [name for name in studies if name not in known]
        config |= {"studies": named, "comparisons": compared}
    return make_plan(config)


def made(options: Namespace) -> int:
    """Print the tables and figures of the studies and whether they exist."""
    from relaxpen.audit.reference import listing

    print(listing(plan_of(options.studies)))
    return 0


def reference(options: Namespace) -> int:
    """Keep the results of the configured studies as the committed reference."""
    from relaxpen.audit.reference import keep_as_reference

    del options
    plan = plan_of(None)
    if unmade := unmade_studies(plan):
        raise DataError(f"{', '.join(unmade)} not made yet; {how_to_make(plan, unmade)}")
    print(f"reference kept; root {keep_as_reference(plan)}")
    for path in MEASURED:
        if not path.exists():
            print(f"note: the reference has no {path.name}; make {path.stem} makes it")
    return 0


def unmade_studies(plan: Plan) -> list[str]:
    """Return the studies and comparisons of a plan that lack a summary, a table or a figure."""
    from relaxpen.audit.reference import made_files

    files = [Path(f"results/{name}/summary.parquet") for name in plan.all]
    lacking = [
        path for path in [*files, *(path for path, _ in made_files(plan))] if not path.exists()
    ]
    found = {path.parts[1] for path in lacking}
    return [name for name in plan.all if name in found]


def how_to_make(plan: Plan, names: list[str]) -> str:
    """Return the commands that make some studies and comparisons."""
    verbs = ["reproduce"] if set(names) & plan.studies.keys() else []
    verbs += dict.fromkeys(plan.all[one].group for one in names if one in plan.comparisons)
    return "run " + " && ".join(f"make {verb}" for verb in verbs) + " first"


def verify(options: Namespace) -> int:
    """Check results against their manifests; by default all that there are."""
    from relaxpen.audit.verify import verify_here

    if not options.path:
        read_yaml(CONFIG, "configuration")  # it says what is planned: refused before the work
    if options.root and not re.fullmatch(r"[0-9a-f]{64}", options.root):
        raise DataError(f"--root {options.root!r} is no root; give its 64 hexadecimal digits")
    reports = verify_here(options.path, options.root)
    if options.root and not any(report.store == "reference" for report in reports):
        raise DataError(f"--root is of the reference, and {options.path or 'there'} is none")
    print("\n".join(line for report in reports for line in report.lines()))
    if len(reports) > 1 or (reports[0].store != "reference" and not options.path):
        print("".join(f"note: {text}\n" for text in _planned_but_absent()), end="")
    # The reference may be of earlier code, or of commits that nobody here can look up.
    judged = [one for one in reports if options.strict or one.store != "reference"]
    not_current = any(one.stale or one.notes for one in judged)
    return int(not_current or any(one.broken for one in reports))


def _planned_but_absent() -> list[str]:
    """Return a note of what is planned and not here, with no manifest that could miss it."""
    from relaxpen.audit.reference import made_files
    from relaxpen.claims.load_claims import load_claims

    try:
        plan = plan_of(None)
        planned = [path for path, _ in made_files(plan) if path.parts[1] in plan.studies]
        if set(load_claims(CLAIMS).studies) <= plan.studies.keys():
            planned.append(Path("results/claims.csv"))
    except (DataError, SettingsError, OSError) as error:
        return [f"what else is planned is not known: {error}"]
    absent = [str(path) for path in planned if not path.exists()]
    more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
    made = f"planned but not here: {', '.join(absent[:5])}{more}; snakemake makes what is planned"
    return [made] if absent else []


def trace(options: Namespace) -> int:
    """Print the chain behind one file, or behind one row of a table."""
    from relaxpen.audit.trace import trace

    lines, unchanged = trace(options.path, options.row)
    print("\n".join(lines))
    return int(not unchanged)


def compare(options: Namespace) -> int:
    """Set the results beside the reference."""
    from relaxpen.audit.compare import compare
    from relaxpen.audit.store import live, reference

    plan = plan_of(options.studies)
    unmade = [] if options.studies else unmade_studies(plan)
    names = [name for name in plan.all if name in plan.studies or name not in unmade]
    lines, agree = compare(live(), reference(), names)
    print("\n".join(lines))
    return int(not agree)


def crate(options: Namespace) -> int:
    """Pack the results and their provenance for archives, or check what was packed."""
    if options.validate:
        return _validate(options.validate, options.contexts)
    from relaxpen.audit.bag import pack

    packed = pack(options.out, options.author, options.orcid, options.with_data)
    size = f"{packed.num_files} files, {packed.num_bytes / 1e6:.1f} MB"
    print(f"{options.out}: {packed.num_actions} actions, {size}")
    print("\n".join(f"note: {text}" for text in packed.stale), end="\n" if packed.stale else "")
    print(f"check it with: relaxpen crate --validate {options.out}")
    return 0


def _validate(bag: Path, contexts: Path | None) -> int:
    """Say first whether the bag is unchanged, for which nothing is needed; then check its crate."""
    import sys

    from relaxpen.audit.crate_validate import Verdict, check_bag, check_profile

    problem = check_bag(bag)
    print(f"bag: NOT valid: {problem}" if problem else "bag: valid", flush=True)
    try:
        verdict = Verdict(problem, *check_profile(bag, contexts))
    except DataError as error:
        if problem is None:
            raise
        print(f"relaxpen: the crate was not checked: {error}", file=sys.stderr)
        return 1
    print("\n".join(verdict.lines()[1:]))
    return int(not verdict.valid)


def report(options: Namespace) -> int:
    """Write figures, tables and claims as one HTML file, from what the workflow has made."""
    import subprocess
    import sys

    from relaxpen.claims.load_claims import load_claims

    plan = plan_of(options.studies)
    unmade = unmade_studies(plan)
    made = [name for name in plan.all if name not in unmade]
    if not made:
        raise DataError(
            f"there is nothing to report: {', '.join(unmade)} not made yet; run make reproduce, or "
            "name what is made with --studies"
        )
    compared = [name for name in made if name in plan.comparisons]
    studies = [name for name in made if name in plan.studies]
    for file in sorted(CLAIMS.parent.glob("claims*.yaml")):
        claims, page = load_claims(file), Path(f"results/{file.stem}.html")
        if set(claims.studies) <= set(made) and not page.exists():
            verb = getattr(claims, "group", "reproduce")
            raise DataError(f"{page} not made yet; run make {verb} first")
    chosen = [f"studies=[{','.join(studies)}]", f"comparisons=[{','.join(compared)}]"]
    groups = dict.fromkeys(plan.comparisons[name].group for name in compared)
    words = ["--report", str(options.out), "--config", *chosen, "--", "all", *groups]
    answer = subprocess.run([sys.executable, "-m", "snakemake", *words])
    if unmade and answer.returncode == 0:
        print(f"note: without {', '.join(unmade)}, not made yet; {how_to_make(plan, unmade)}")
    return answer.returncode
