"""The manifests of a store as a chain: who made what, from what."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from relaxpen.audit.store import Store
from relaxpen.experiment.manifest import Manifest


@dataclass(frozen=True)
class Chain:
    """The manifests of a store, and who made what."""

    store: Store
    manifests: dict[str, Manifest]

    @cached_property
    def makers(self) -> dict[str, str]:
        """The manifest of each output."""
        return {
            output: name for name, manifest in self.manifests.items() for output in manifest.outputs
        }

    def upstream(self, wanted: Iterable[str]) -> list[str]:
        """Return the manifests behind some, and these, each after all that are behind it."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in order or name not in self.manifests:
                return
            for source in self.manifests[name].inputs:
                visit(self.makers.get(source, source))
            order[name] = None

        for name in wanted:
            visit(name)
        return list(order)


def load_chain(store: Store) -> tuple[Chain, dict[str, str]]:
    """Return the chain of a store, and what is wrong with manifests that cannot be read."""
    good, bad = store.manifests()
    return Chain(store, good), bad
