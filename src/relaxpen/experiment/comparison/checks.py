"""What a comparison must not ask for: each mistake one sentence, before the first job."""

import pandas as pd

from relaxpen.experiment.comparison.contenders import Chosen, Contender
from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.models import Overrides, Scalar

# Which runs tables and figures show, by the rule that makes such runs, where it is not "comparison".
SHOWN_KINDS = {
    **dict.fromkeys(("reached", "pull_limits", "agreement", "estimators"), "agreement"),
    **dict.fromkeys(("selected", "loss_steps"), "selection"),
    **dict.fromkeys(("table_1", "table_2", "group_values", "group_errors"), "group_lasso"),
    **dict.fromkeys(("groups", "group_progress"), "group_lasso"),
    **dict.fromkeys(("table_3", "distilled", "distilled_samples", "distilling"), "distillation"),
}
KINDS = {
    "comparison": "runs that clean labels",
    "agreement": "estimates set beside the exact gradient (method.name: agreement)",
    "selection": "regularization selection (data.source: ijcnn1)",
    "group_lasso": "groups of features (data.source: group_lasso)",
    "distillation": "data distillation (data.source: blog or music)",
}
# Names that the folder of an instance, the workflow or the Makefile has for itself. Rules are made for
# comparisons and for claims files, too: they begin with these words.
TAKEN_METHODS = ("split", "labels")
RULES = ("all", "pool", "split", "corrupt_labels", "references", "collect_runs", "table")
RULES += ("figure_data", "figure", "run_batch")
TARGETS = ("help", "environment", "reproduce", "smoke", "test", "bench", "precision", "verify")
TARGETS += ("compare", "report", "reference", "lint", "format", "clean", "test-numerics")
TAKEN_GROUPS = {*RULES, *TARGETS, "labels", "made"}
BEGINNINGS = ("claims", "compare_", "run_", "corrupt_")


def refuse_unsuitable(shown: list[str], kinds: set[str]) -> None:
    """Raise SettingsError if a table or figure does not show runs of the rules that there are."""
    for name in shown:
        needed = SHOWN_KINDS.get(name, "comparison")
        if kinds != {needed}:
            there = " and ".join(KINDS[kind] for kind in sorted(kinds))
            raise SettingsError(f"{name!r} shows {KINDS[needed]}; this comparison has {there}")


def refuse_names(group: str, methods: dict[str, Contender]) -> None:
    """Raise ValueError if a name of a comparison is one that the workflow has for itself."""
    if group in TAKEN_GROUPS or group.startswith(BEGINNINGS):
        raise ValueError(f"group: {group} is a name of the workflow's own; give another")
    for name in methods:
        if name in TAKEN_METHODS or not name.strip("."):
            raise ValueError(f"methods: {name} is a name of the workflow's own; give another")


def refuse_contradictions(
    fixed: Overrides, grid: dict[str, list[Scalar]], methods: dict[str, Contender]
) -> None:
    """Raise ValueError for a grid without values, and for a setting that is given twice."""
    for key in sorted(set(fixed) & set(grid)):
        raise ValueError(f"{key} is both fixed and in the grid")
    for name, one in methods.items():
        own = set(one.fixed).union(*one.by_source.values())
        for key in sorted(own & set(one.grid)):
            raise ValueError(f"{name}: {key} is both fixed and in its grid")
        for key in sorted(set(grid) & (own | set(one.grid))):
            raise ValueError(f"{name}: {key} is also in the grid of the comparison")
        for key in sorted(own | set(one.grid)):
            if key.startswith("data."):
                raise ValueError(f"{name}: {key} would be an instance of its own; put it in grid")
    for some in (grid, *(one.grid for one in methods.values())):
        for key, values in some.items():
            if not values:
                raise ValueError(f"{key} has no values; give at least one")


def refuse_no_name(name: str, source: object) -> None:
    """Raise SettingsError if the data source of a method is no word."""
    if not isinstance(source, str):
        raise SettingsError(f"{name}: data.source is {shown(source)}; expected one name")


def chosen_point(
    chosen: Chosen, name: str, contender: Contender, source: str, noise_rate: float
) -> Overrides:
    """Return the point of its grid that tuning chose for a method on an instance.

    Raises SettingsError if nothing was chosen, or what is written there is not on the grid.
    """
    where = f"config/chosen.yaml has for {name} on {source} at noise {noise_rate}"
    try:
        point = chosen.chosen[name][source][noise_rate]
    except (KeyError, TypeError):  # or a list, which no key is
        raise SettingsError(
            f"config/chosen.yaml has no settings for {name} on {source} at noise {noise_rate}; "
            "run make tuning"
        ) from None
    if point not in contender.swept(source):
        raise SettingsError(f"{where} {point}, no point of its grid; run make tuning")
    return point


def refuse_other_runs(summary: pd.DataFrame, contests: set[tuple[str, str, str]]) -> None:
    """Raise SettingsError if a summary is not that of a comparison with these contests."""
    found = set(summary[["instance", "method", "setting"]].itertuples(index=False, name=None))
    for missing, what in ((contests - found, "is missing"), (found - contests, "is not of it")):
        if missing:
            first = "/".join(part for part in sorted(missing)[0] if part)
            raise SettingsError(
                f"the results are not those of this comparison: {first} {what} "
                f"({len(missing)} such); make the comparison again"
            )
