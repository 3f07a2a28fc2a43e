"""The rules that make data."""

from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.data.sources.source import DataSettings
from relaxpen.records.rule import Rule, name_of

READ = "relaxpen.records.arrays.load"
WRITTEN = "relaxpen.records.arrays.save"


def pool_rule(source: str) -> Rule:
    """Return the rule that makes the pool of a source of files."""
    read = SOURCES[source].read
    return Rule("pool", (name_of(read), WRITTEN) if read else (WRITTEN,))


def split_rule(data: DataSettings) -> Rule:
    """Return the rule that draws the splits of a source."""
    source = SOURCES[data.source]
    arrays = (READ, WRITTEN) if source.raw else (WRITTEN,)
    return Rule("split", (name_of(source.split), name_of(type(data)), *arrays))


def labels_rule(data: DataSettings) -> Rule:
    """Return the rule that corrupts the labels of a source."""
    return Rule(
        "corrupt_labels", ("relaxpen.data.labels.make_labels", name_of(type(data)), READ, WRITTEN)
    )
