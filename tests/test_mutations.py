"""Which rules run again when a module or a setting changes: what must, and nothing else."""

import ast
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from conftest import REPOSITORY
from pipeline import planned, snakemake
from relaxpen.claims.rules import CLAIMS
from relaxpen.data.rules import labels_rule, split_rule
from relaxpen.records.fingerprint import PACKAGE, fingerprint
from relaxpen.studies.points import expand
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.studies.study import load_study
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import known_keys, resolve
from relaxpen.tasks.rules import run_rule

RESULTS = {"collect_runs", "table", "figure_data", "figure", "all"}
SHOWN = RESULTS - {"collect_runs"}
RUNS = {"run_tiny_T1", "run_tiny_T2"} | RESULTS
JUDGED = RUNS | {"references_tiny"}
LABELS = JUDGED | {"corrupt_labels"}
DATA = LABELS | {"split"}
# What only comparisons and the library use; the tiny study has neither.
COMPARED = [
    "method/agreement.py",
    "method/directional.py",
    "method/directions.py",
    "method/first_order.py",
]
COMPARED += ["method/value_difference.py", "problems/filters.py", "problems/pulled.py"]
COMPARED += ["problems/weighted.py", "problems/black_box.py", "problems/regularized.py"]
# The same of the paper on relaxing and penalizing.
PENALIZED = ["budgeted_box", "mask_and_number", "projected_gradient", "saga", "simplices", "stages"]
COMPARED += [f"method/{name}.py" for name in PENALIZED]
PENALIZED = ["distillation", "distillation_published", "dual_fixed_point", "dual_steps"]
PENALIZED += ["group_lasso", "group_lasso_data", "group_shrinkage"]
PENALIZED += ["regression", "weighted_ridge"]
COMPARED += [f"problems/{name}.py" for name in PENALIZED]
MODULES = {
    **{name: set() for name in COMPARED},
    "problems/hypercleaning.py": RUNS,
    **dict.fromkeys(
        [f"problems/{name}.py" for name in ("metrics", "refit", "samples", "softmax")], JUDGED
    ),
    "problems/corruption.py": LABELS,
    **dict.fromkeys(["problems/splits.py", "problems/synthetic.py"], DATA),
    **dict.fromkeys([f"data/sources/{name}.py" for name in ("source", "synthetic")], DATA),
    "data/sources/mnist.py": set(),  # these samples are made from the seed
    "data/sources/group_lasso.py": set(),
    **dict.fromkeys(
        [f"tasks/thesis/{name}.py" for name in ("build", "measure", "run", "search")], RUNS
    ),
    **dict.fromkeys(["tasks/judge.py", "data/tensors.py", "data/instances.py"], JUDGED),
    "tasks/thesis/references.py": RESULTS | {"references_tiny"},
    "data/labels.py": LABELS,
    "studies/collect.py": RESULTS,
    "studies/columns.py": RESULTS,
    "tasks/thesis/tables.py": SHOWN - {"figure_data"},  # ``final``, which the figure reads too
    "tasks/thesis/curves.py": SHOWN - {"table"},  # ``curves``, which the figure alone reads
    "display/statistics.py": SHOWN,
    "tasks/thesis/figures.py": {"figure", "all"},
    "studies/plan.py": set(),
    "tasks/thesis/settings.py": JUDGED,  # methods of settings are code, as their sums of steps
    "cli/commands.py": set(),
}
COMPILED = shutil.ignore_patterns("__pycache__")
SETTINGS = {"lower.ridge": JUDGED, "precision": JUDGED}


@pytest.fixture(scope="module")
def made(tiny_study, tmp_path_factory):
    """The tiny study, finished, with code of its own."""
    return with_code(tiny_study, tmp_path_factory.mktemp("made") / "tree")


def with_code(study, folder):
    """A copy of a finished study beside the code that made it, which is then the workflow's."""
    shutil.copytree(study, folder)
    shutil.copytree(REPOSITORY / "src/relaxpen", folder / "src/relaxpen")
    return folder


def plans(made, tmp_path, cases: dict, *targets: str) -> dict[str, set[str]]:
    """What would run in a copy of a finished tree after each of some changes.

    The workflow knows code by its fingerprints alone, and runs again what has another one: changes of
    the same fingerprints, beside the same study, are planned once, all together in one tree.
    """
    before = known_to_the_workflow(made)
    alike = defaultdict(list)
    for number, (case, change) in enumerate(cases.items()):
        alone = tmp_path / f"alone{number}"
        for part in ("config", "src"):
            shutil.copytree(made / part, alone / part, ignore=COMPILED)
        change(alone)
        codes, studies = known_to_the_workflow(alone)
        changed = tuple(one != other for one, other in zip(codes, before[0], strict=True))
        alike[changed, studies].append(case)
        shutil.rmtree(alone)
    folders = [tmp_path / f"group{number}" for number in range(len(alike))]
    for folder, group in zip(folders, alike.values(), strict=True):
        shutil.copytree(made, folder)
        for case in group:
            cases[case](folder)

    def plan(folder):
        result = snakemake(folder, "-n", *targets, env={"PYTHONPATH": str(folder / "src")})
        assert result.returncode == 0, result.stderr[-3000:]
        return set(planned(result.stdout))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(plan, folders))
    return {case: jobs for group, jobs in zip(alike.values(), found, strict=True) for case in group}


def known_to_the_workflow(folder) -> tuple[list[str], str]:
    """The fingerprint of every rule of the studies in a folder, by its own code, and the studies."""
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    paths = [folder / f"config/studies/{name}.yaml" for name in config["studies"]]
    rules = [rule for path in paths for rule in rules_of(load_study(path), folder)]
    codes = [fingerprint(rule.entries, folder / "src/relaxpen") for rule in rules]
    return codes, "".join(path.read_text() for path in paths)


def rules_of(study, root):
    """The rules of what a study makes."""
    task, points = study.of_task, expand(study, root)
    yield from (CLAIMS, collect_rule(task))
    yield from (table_rule(task, name) for name in task.tables)
    yield from (figure_rule(task, name) for name in task.figures)
    for one in points:
        data = one.settings.data
        yield from (split_rule(data), labels_rule(data), run_rule(task, one.method, one.settings))


def mutation(module: str):
    """Change every function of a module, methods too: what reaches any of them must run again."""

    def mutate(folder):
        path = folder / "src/relaxpen" / module
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.body.append(ast.parse("_MUTATED = 1").body[0])
        path.write_text(ast.unparse(tree))

    return mutate


@pytest.mark.long
def test_each_module_triggers_what_depends_on_it(made, tmp_path):
    rooms = {
        room: [path.name for path in (PACKAGE / room).glob("[!_]*.py")]
        for room in ("method", "problems")
    }
    expected = {f"method/{name}": RUNS for name in rooms["method"]} | MODULES
    assert {f"problems/{name}" for name in rooms["problems"]} <= set(expected)

    assert plans(made, tmp_path, {name: mutation(name) for name in expected}) == expected


def test_what_nothing_uses_triggers_nothing(made, tmp_path):
    def mutate(folder):
        for path in (folder / "src/relaxpen").rglob("*.py"):
            path.write_text(path.read_text() + "\n_MUTATED = 1  # only prose\n")

    assert plans(made, tmp_path, {"all": mutate}) == {"all": set()}


@pytest.mark.long
def test_each_setting_triggers_what_depends_on_it(made, tmp_path):
    defaults = {}
    task = TASKS["thesis"]
    chosen = resolve(task, {}).model_dump()
    for key in known_keys(task, "synthetic", None):
        section, _, name = key.rpartition(".")
        defaults[key] = chosen[section][name] if section else chosen[name]
    given = {
        "data.num_train": 61,
        "data.num_validation": 31,
        "data.num_test": 51,
        "upper.max_rounds": 3,
    }
    others = {"data.corruption": "any_class", "precision": "float32", "lower.batch_size": 10}
    cases, expected = {}, {}
    for key, value in defaults.items():
        if key in ("data.source", "lower.num_steps"):  # swept, or what all else hangs on
            continue
        changed = given | others
        new = changed.get(key, (not value) if isinstance(value, bool) else None)
        if new is None:
            new = value + 1 if isinstance(value, int) else value * 0.9
        cases[key] = lambda folder, key=key, new=new: rewrite(folder, key, new)
        expected[key] = DATA if key.startswith("data.") else SETTINGS.get(key, RUNS)
    assert plans(made, tmp_path, cases) == expected


def rewrite(folder, key, value):
    """Give a setting of the tiny study another value."""
    study = folder / "config/studies/tiny.yaml"
    lines = []
    for line in study.read_text().splitlines():
        if line.startswith("fixed:"):
            pairs = dict(pair.split(": ") for pair in line[8:-1].split(", "))
            pairs[key] = str(value).lower() if isinstance(value, bool) else str(value)
            line = f"fixed: {{{', '.join(f'{name}: {text}' for name, text in pairs.items())}}}"
        lines.append(line)
    study.write_text("\n".join(lines) + "\n")
