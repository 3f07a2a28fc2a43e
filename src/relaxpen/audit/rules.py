"""Which rule of the code that is checked out makes a recorded result."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from relaxpen.bench.rules import BENCH, PRECISION
from relaxpen.claims.rules import CLAIMS
from relaxpen.data.rules import labels_rule, pool_rule, split_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.inputs.errors import SettingsError
from relaxpen.records.manifest import Manifest
from relaxpen.records.rule import Rule
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.rules import run_rule, task_of_rule

FIXED = {one.name: one for one in (CLAIMS, BENCH, PRECISION)}
DATA = {"split": split_rule, "corrupt_labels": labels_rule}


def rule_of(name: str, manifest: Manifest) -> Rule | None:
    """Return the rule that makes what a manifest, by its name, speaks of; None if there is none now."""
    title = Path(name).name.removesuffix(".manifest.json")
    return _found(manifest.rule, title, json.dumps(manifest.settings, sort_keys=True))


def code_here(name: str, manifest: Manifest) -> str | None:
    """Return the fingerprint of the code that is checked out, None if no rule makes such a result."""
    rule = rule_of(name, manifest)
    return rule.code if rule else None


@cache  # runs of many seeds have the same
def _found(rule: str, title: str, settings: str) -> Rule | None:
    try:
        return _rule(rule, title, json.loads(settings))
    except (KeyError, SettingsError, ValidationError):
        return None


def _rule(rule: str, title: str, settings: Mapping[str, Any]) -> Rule:
    if rule in FIXED:
        return FIXED[rule]
    if rule == "pool":
        return pool_rule(settings["source"])
    if rule in DATA:
        data = settings["data"]
        return DATA[rule](SOURCES[data["source"]].settings.model_validate(data))
    if rule == "collect_runs":
        return collect_rule(TASKS[settings["task"]])
    if rule == "table":
        return table_rule(TASKS[settings["task"]], title)
    if rule == "figure":
        return figure_rule(TASKS[settings["task"]], title)
    task = task_of_rule(rule)
    if task is None:
        raise SettingsError(f"there is no rule {rule}")
    # The manifest of a sweep has the settings of each of its points by name.
    one = settings if "data" in settings else next(iter(settings.values()))
    return run_rule(task, rule, task.settings.model_validate(one))
