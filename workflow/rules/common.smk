"""The plan: checked here, before any rule; and the small functions that rules ask."""

import os
import re
import sys
from pathlib import Path

# The package need not be installed: these rules use the one beside them.
sys.path.insert(0, os.path.join(workflow.basedir, "src"))
shell.prefix(f"export PYTHONPATH={sys.path[0]!r}; ")

from relaxpen.claims.load_claims import load_claims
from relaxpen.experiment import catalog
from relaxpen.experiment.arguments import (
    REFERENCE_KEYS,
    complete,
    set_arguments,
    sweep_arguments,
)
from relaxpen.experiment.comparison import catalog as compared
from relaxpen.experiment.comparison.studies import sources
from relaxpen.experiment.fingerprint import ENTRIES, planned
from relaxpen.experiment.data_files import FILES
from relaxpen.experiment.data_settings import UNLABELLED
from relaxpen.experiment.plan import make_plan, num_gpus
from relaxpen.experiment.settings import TAKE_STEPS_OVER
from relaxpen.inputs.errors import DataError, SettingsError
from relaxpen.inputs.yaml_files import read_yaml

try:
    PLAN = make_plan(read_yaml(Path("config/config.yaml"), "configuration") | config)
    CLAIMS = {
        path.stem: load_claims(path)
        for path in sorted(Path("config").glob("claims*.yaml"))
    }
except (SettingsError, DataError) as error:
    sys.exit(f"relaxpen: error: {error}")

if not os.access(".", os.W_OK):
    sys.exit(
        "relaxpen: error: this folder cannot be written to; clone into one that can"
    )

CODE = {rule: planned(rule) for rule in ENTRIES}
TABLES = catalog.TABLES | compared.TABLES
FIGURE_DATA = catalog.FIGURE_DATA | compared.FIGURE_DATA
FIGURES = catalog.FIGURES | compared.FIGURES


wildcard_constraints:
    study="|".join(map(re.escape, PLAN.all)),
    instance="[^/]+",
    cell="[^/]+",
    method="[^/]+",


def cell_of(wildcards):
    return PLAN.cell(wildcards.study, wildcards.instance, wildcards.get("cell"))


def all_settings(wildcards):
    return complete(cell_of(wildcards))


def data_settings(wildcards):
    return complete(cell_of(wildcards), "data.")


def cell_arguments(wildcards):
    return set_arguments(cell_of(wildcards))


def data_arguments(wildcards):
    return set_arguments(cell_of(wildcards), "data.")


def reference_settings(wildcards):
    return complete(cell_of(wildcards), *REFERENCE_KEYS)


def reference_arguments(wildcards):
    return set_arguments(cell_of(wildcards), *REFERENCE_KEYS)


def seeds_of(wildcards):
    return PLAN.all[wildcards.study].seeds


def contests_of(wildcards):
    return PLAN.sweep(wildcards.study, wildcards.instance, wildcards.method)


def contest_seeds(wildcards):
    return contests_of(wildcards)[0].seeds


def instance_of(wildcards):
    """The last step of an instance: labels, or the split of data that has none."""
    source = cell_of(wildcards).settings.data.source
    part = "split" if source in UNLABELLED else "labels"
    return f"results/{wildcards.study}/{wildcards.instance}/{part}/index.json"


def contest_settings(wildcards):
    return [complete(one) for one in contests_of(wildcards)]


def contest_code(wildcards):
    return CODE[contests_of(wildcards)[0].settings.rule]


def contest_arguments(wildcards):
    return sweep_arguments(contests_of(wildcards))


def code_of(rule):
    """The code of a rule of results, which for comparisons is another."""

    def code(wildcards):
        compares = wildcards.study in PLAN.comparisons
        return CODE[f"{rule}_comparison" if compares else rule]

    return code


def study_settings(wildcards):
    return PLAN.all[wildcards.study].model_dump_json()


def files_of(wildcards):
    """What says what a study is; a comparison also takes contenders and chosen settings from files."""
    files = [PLAN.file(wildcards.study)]
    if wildcards.study in PLAN.comparisons:
        files += [str(file) for file in sources(PLAN.all[wildcards.study])]
    return files


def pool_of(wildcards):
    source = cell_of(wildcards).settings.data.source
    pool = f"results/data/{source}"
    return [f"{pool}.json", ancient(f"{pool}.npz")] if source in FILES else []


def steps_of(wildcards):
    """The runs whose numbers of steps a method takes over."""
    if wildcards.method not in TAKE_STEPS_OVER:
        return []
    folder = f"results/{wildcards.study}/{wildcards.instance}/{wildcards.cell}"
    return f"{folder}/relax_penalize/index.json"


def steps_argument(wildcards, input):
    return f"--steps-of {os.path.dirname(input.steps)}" if input.steps else ""


def made_by(study):
    """Every table and figure of a study."""
    spec, folder = PLAN.all[study], f"results/{study}/tables"
    summary = [
        f"results/{study}/summary.parquet",
        f"results/{study}/summary.manifest.json",
    ]
    tables = [
        f"{folder}/{name}.{kind}"
        for name in spec.tables
        for kind in ("csv", "md", "tex", "html", "manifest.json")
    ]
    return (
        summary
        + tables
        + [
            f"figures/{study}/{name}.{kind}"
            for name in spec.figures
            for kind in (*catalog.EXTENSIONS, "manifest.json")
        ]
    )


def claims_made(group=None):
    """The verdicts of claims files, of a group or of none, whose studies are all configured."""
    kinds = ("csv", "md", "html", "manifest.json")
    return [
        f"results/{name}.{kind}"
        for name, claims in CLAIMS.items()
        if getattr(claims, "group", None) == group
        and set(claims.studies) <= set(PLAN.all if group else PLAN.studies)
        for kind in kinds
    ]


def runs_of(wildcards):
    return PLAN.runs(wildcards.study)


def tables_of(wildcards):
    folder = f"results/{wildcards.study}/tables"
    return [f"{folder}/{name}.csv" for name in FIGURES[wildcards.figure][1]]


def shown_by_table(wildcards):
    return TABLES.get(wildcards.table, "")


def shown_by_figure(wildcards):
    return FIGURES[wildcards.figure][0]
