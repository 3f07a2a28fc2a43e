"""The graph of an RO-Crate: entities that are made once, and relations written when all are known."""

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from relaxpen.records.files import sha256

TERMS = "https://w3id.org/ro/terms/workflow-run/context"
FORMATS = {
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
KINDS = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}


@dataclass(frozen=True)
class About:
    """What a crate says of itself, beside its jobs."""

    name: str
    description: str
    folders: list[str]  # of the sources that are packed, relative to the payload
    files: list[str]  # likewise
    licence: str | None  # a file among them
    url: str | None  # of the project
    author: str | None  # who ran it: a person; None: the project
    orcid: str | None


class CrateGraph:
    """The entities of a crate whose payload lies in a folder."""

    def __init__(self, payload: Path, about: About):
        self.crate = ROCrate(version="1.1")  # what these profiles build on
        self.crate.metadata.extra_contexts.append(TERMS)
        self.payload, self.about = payload, about
        self._things: dict[str, Entity] = {}
        self._links: dict[tuple[Entity, str], dict[Entity, None]] = {}
        for folder in about.folders:
            self.folder(folder, "Sources of the workflow")
        for name in about.files:
            self.file(name)

    def entity(self, identifier: str, kind: str | list[str], **facts: Any) -> Entity:
        """Return the entity of an identifier, made with these facts if it is new."""
        found = self.crate.get(identifier)
        if found is None:
            found = self.crate.add(ContextEntity(self.crate, identifier, {"@type": kind}))
            _say(found, facts)
        return found

    def file(self, name: str, digest: str | None = None) -> Entity:
        """Return a file: of the payload, or known by its digest where it is not in there."""
        if name not in self._things:
            path = self.payload / name
            if path.is_file():
                suffix = FORMATS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
                facts: dict[str, Any] = {
                    "name": name,
                    "encodingFormat": suffix or "text/plain",
                    "contentSize": str(path.stat().st_size),
                    "sha256": digest or sha256(path),
                }
                thing = self.crate.add_file(path, dest_path=name)
            else:
                text = "Not in this crate; known by its digest."
                facts = {"name": name, "propertyID": "sha256", "value": digest, "description": text}
                thing = self.entity(f"#file/{name}", "PropertyValue")
            self._things[name] = _say(thing, facts)
        return self._things[name]

    def folder(self, name: str, text: str) -> Entity:
        """Return a folder of the payload."""
        if name not in self._things:
            thing = self.crate.add_dataset(dest_path=name)
            self._things[name] = _say(thing, {"name": name, "description": text})
        return self._things[name]

    def value(self, group: str, name: str, value: Any) -> Entity:
        """Return a setting, or a fact of an environment, with its value."""
        text = value if isinstance(value, str) else json.dumps(value)
        plain = value if isinstance(value, tuple(KINDS)) else text
        short = hashlib.sha256(text.encode()).hexdigest()[:12]
        return self.entity(f"#{group}/{name}/{short}", "PropertyValue", name=name, value=plain)

    def link(self, entity: Entity, relation: str, other: Entity) -> None:
        """Note a relation, of which an entity may have several; finish writes them."""
        self._links.setdefault((entity, relation), {})[other] = None

    def parameter(self, name: str, example: Entity, kind: str | None = None) -> Entity:
        """Return a formal parameter, of which some file, folder or value is an example.

        A parameter has one type: what is now a number and now null is two parameters.
        """
        kind = kind or str(example.type)
        found = self.entity(
            f"#parameter/{name}/{kind}", "FormalParameter", name=name, additionalType=kind
        )
        self.link(found, "workExample", example)
        self.link(example, "exampleOfWork", found)
        return found

    def thing(self, name: str, digest: str | None = None) -> Entity:
        """Return a file or folder by its name: what is known already, or else a file."""
        return self._things.get(name) or self.file(name, digest)

    def finish(self) -> ROCrate:
        """Return the crate with all relations written."""
        for (entity, relation), others in self._links.items():
            entity[relation] = one_or_all(list(others))
        return self.crate


def one_or_all(values: list[Any]) -> Any:
    """Return the only value of a list, or the list: RO-Crate wants no lists of one."""
    return values[0] if len(values) == 1 else values


def _say(entity: Entity, facts: dict[str, Any]) -> Entity:
    for name, value in facts.items():
        if value not in (None, []):
            entity[name] = one_or_all(value) if isinstance(value, list) else value
    return entity
