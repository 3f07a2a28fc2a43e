"""The plan: checked here, before any rule. What rules ask of it is in relaxpen.studies."""

import os
import re
import sys
from pathlib import Path

# The package need not be installed: these rules use the one beside them.
ROOT = Path(os.path.relpath(Path(workflow.current_basedir.path).parent.parent))
sys.path.insert(0, os.path.abspath(ROOT / "src"))

from relaxpen.cli.workflow import Workflow, shell_prefix
from relaxpen.inputs.errors import DataError, SettingsError

shell.prefix(shell_prefix(sys.path[0]))

try:
    FLOW = Workflow.of(config, ROOT)
except (SettingsError, DataError) as error:
    sys.exit(f"relaxpen: error: {error}")

PLAN = FLOW.plan
OUTDATED = FLOW.outdated  # asked before Snakemake makes the folder of its records


def any_of(names):
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    study=any_of(PLAN.studies),
    instance="[^/]+",


def ends(group):
    """What a group ends in; what is outdated is forced, as by --forcerun."""

    def take(wildcards):
        workflow.dag.forcefiles.update(OUTDATED)
        return FLOW.made(group)

    return take


def of_study(take):
    """What is asked of a study by its name."""
    return lambda wildcards: take(wildcards.study)


def of_instance(take):
    """What is asked of an instance of a study by both names."""
    return lambda wildcards: take(wildcards.study, wildcards.instance)


def job_of(wildcards):
    return PLAN.jobs[wildcards.study, wildcards.folder]
