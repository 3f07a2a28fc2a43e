"""The rules that make what is shown of a study."""

from relaxpen.records.rule import Rule
from relaxpen.studies.show import figure_of, table_of
from relaxpen.studies.study import Study

COLLECT = Rule("collect_runs", ("relaxpen.studies.collect.collect",))


def table_rule(study: Study, name: str) -> Rule:
    """Return the rule that makes a table; raises SettingsError for a name that no table has."""
    return Rule("table", ("relaxpen.studies.show.write_table", table_of(study, name).maker))


def figure_rule(study: Study, name: str) -> Rule:
    """Return the rule that draws a figure; raises SettingsError for a name that no figure has."""
    return Rule("figure", ("relaxpen.studies.show.write_figure", figure_of(study, name).drawer))
