"""The reader of YAML."""

from typing import Any

import yaml


class UniqueKeys(yaml.SafeLoader):
    """YAML in which a key may stand once: the usual loader silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node; raises ConstructorError for a key that stands twice."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"the key {key!r} stands twice")
        return super().construct_mapping(node, deep)
