"""The reader of YAML: the core rules of YAML 1.2, and a key may stand once.

With these rules ``010`` is ten and not eight, ``1e5`` is a number, and ``1:30``, ``yes`` and ``1_000``
are words.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from relaxpen.inputs.errors import SettingsError, shown
from relaxpen.inputs.suggestions import unknown

MOST_CHARACTERS = 2**20  # of a file: the largest of this project has a twentieth
MOST_VALUES = 100_000  # of a file, an alias counted as what it stands for
MOST_LEVELS = 100  # libyaml's composer calls itself for each: too many end the process
TOO_DEEP = f"it is nested too deeply; {MOST_LEVELS} levels can be read"
MOST_DIGITS = 400  # of a number: a float64 has at most 309 before its point

NULL = re.compile(r"~|null|Null|NULL|")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def read_yaml(path: Path, kind: str = "file") -> dict[Any, Any]:
    """Return the mapping that a file holds; ``kind`` is what such a file is, for the sentence.

    Raises SettingsError for a file that cannot be read, is not YAML in UTF-8, or holds no mapping.
    """
    try:
        if path.is_dir():
            raise SettingsError(f"{path} is a folder; expected a {kind}, a file of YAML")
        if path.stat().st_size > MOST_CHARACTERS or not path.is_file():
            raise SettingsError(
                f"{path} is no file, or has more than {MOST_CHARACTERS} bytes; expected a {kind}"
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        hint = unknown(kind, path.stem, known) if known else f"give the path of a {kind}"
        raise SettingsError(f"{path} is not there; {hint}") from None
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}); expected a {kind}, a file of YAML"
        ) from None
    except ValueError as error:  # no UTF-8, or a name that cannot be one
        raise SettingsError(f"{path} is not YAML in UTF-8: {error}") from None
    try:
        values = parse_yaml(text)
    except SettingsError as error:
        raise SettingsError(f"{path} is not YAML in UTF-8: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path} holds {shown(values)}; expected lines of KEY: VALUE")
    return values


def parse_yaml(text: str) -> Any:
    """Return what a text says in YAML; raises SettingsError, the reason alone, if it is none."""
    try:
        _refuse_deep(text)
        loader = Core(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, ())
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise SettingsError(" ".join(str(error).split())) from None
    except RecursionError:  # of aliases within aliases: as text they are flat
        raise SettingsError(TOO_DEEP) from None


def _refuse_deep(text: str) -> None:
    """Raise ConstructorError for what is nested so deeply that composing it would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise _refusal(TOO_DEEP)


def _count(node: yaml.Node, above: tuple[int, ...]) -> int:
    """Return how many values a node has, those behind aliases included.

    Raises ConstructorError for too many, and for a node that holds itself.
    """
    if id(node) in above:
        raise _refusal("an alias stands inside of what it names; write out what is meant")
    parts: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        parts = node.value
    elif isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    total = 1
    for part in parts:
        total += _count(part, (*above, id(node)))
        if total > MOST_VALUES:
            raise _refusal(f"it has more than {MOST_VALUES} values; write it shorter")
    return total


def _refusal(problem: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(problem=problem)


def _constructor(tag: str, form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[..., Any]:
    """Return the constructor of a kind of scalar that is written in a form."""

    def construct(loader: yaml.CSafeLoader, node: yaml.Node) -> Any:
        text = str(loader.construct_scalar(node)) if isinstance(node, yaml.ScalarNode) else "?"
        if not form.fullmatch(text):
            raise _refusal(f"{shown(text)} is no {tag}")
        if form in (INT, FLOAT) and len(text) > MOST_DIGITS:
            raise _refusal(f"a number has {len(text)} digits; give at most {MOST_DIGITS}")
        return read(text)

    return construct


def _int(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base) if base == 10 else int(text[2:], base)


def _float(text: str) -> float:
    text = text.lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan")) if "." in text else float(text)


TAG = "tag:yaml.org,2002:"
SCALARS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "null": (NULL, lambda text: None),
    "bool": (BOOL, lambda text: text.lower() == "true"),
    "int": (INT, _int),
    "float": (FLOAT, _float),
}


class Core(yaml.CSafeLoader):
    """A loader of the core rules alone: no other tag is read."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as PyYAML has it)
        None: [
            (TAG + tag, re.compile(f"(?:{form.pattern})$")) for tag, (form, _) in SCALARS.items()
        ]
    }
    yaml_constructors = {  # noqa: RUF012
        **{TAG + tag: _constructor(tag, *forms) for tag, forms in SCALARS.items()},
        **{
            TAG + tag: yaml.CSafeLoader.yaml_constructors[TAG + tag]
            for tag in ("str", "seq", "map")
        },
        None: yaml.CSafeLoader.construct_undefined,
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node; raises ConstructorError for a key that stands twice."""
        keys: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise _refusal(f"a list or a mapping cannot be a key: {shown(key)}")
            if key in keys:
                raise _refusal(f"the key {shown(key)} stands twice")
            keys.add(key)
        return super().construct_mapping(node, deep)
