"""The definitions of a package: what each says and names, and what a name stands for."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relaxpen.records.chains import BY_NAME, Chain, annotations
from relaxpen.records.syntax import ASSIGNING, Module, executed, imported, read_module

NAME = "relaxpen"
MODEL = "pydantic.BaseModel"
REGISTRY = "Registry"  # relaxpen.inputs.registry


@dataclass(frozen=True, order=True)
class Definition:
    """A function, a class, an assignment, or, without a name, what a module does on import."""

    module: str  # "relaxpen.method.masks"
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}".removeprefix(f"{NAME}.")


Target = tuple[Definition, ...] | str  # of this package, or the dotted name of anything else
Uses = list[tuple[str, Target]]


@dataclass
class Content:
    """What a definition says and names, without prose, imports and the fields of models."""

    text: str
    code: Uses  # named by what runs
    types: Uses  # named by annotations alone
    executed: list[str]  # what may be modules that it imports itself
    is_alias: bool  # in an annotation it stands for what it names
    is_empty: bool  # nothing is left of it


class Code:
    """A package, each of whose modules is read once."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self._modules: dict[str, Module | None] = {}
        self._contents: dict[Definition, Content] = {}

    def find(self, name: str) -> Definition:
        """Return the definition of a dotted name, such as "relaxpen.method.masks.nearest".

        Raises LookupError if there is none.
        """
        module, _, last = name.rpartition(".")
        there = self.module(module)
        if there is None or last not in there.definitions:
            raise LookupError(f"there is no definition {name}")
        return Definition(module, last)

    def content(self, one: Definition) -> Content:
        """Return what a definition says and names."""
        if one not in self._contents:
            self._contents[one] = self._read(one)
        return self._contents[one]

    def is_registry(self, one: Definition) -> bool:
        """Return whether a definition is a list of what there is, of which settings choose."""
        return any(
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and isinstance(statement.value, ast.Call)
            and ast.unparse(statement.value.func) == REGISTRY
            for statement in self._statements(one)
        )

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name, None if the package has none of that name."""
        if name not in self._modules:
            first, *rest = name.split(".")
            path = self._package.joinpath(*rest)
            files = [path / "__init__.py", *([path.with_suffix(".py")] if rest else [])]
            there = [file for file in files if first == NAME and file.is_file()]
            self._modules[name] = read_module(there[0].read_text()) if there else None
        return self._modules[name]

    def _resolve(self, dotted: Chain) -> Target:
        """Return what a full dotted name stands for; a module stands for all that it defines."""
        name, module = dotted[0], self.module(dotted[0])
        if module is None:
            return ".".join(dotted)
        for number, part in enumerate(dotted[1:], 1):
            if part in module.definitions:
                return (Definition(name, part),)
            if part in module.imports:
                return self._resolve((*module.imports[part].split("."), *dotted[number + 1 :]))
            inner = self.module(f"{name}.{part}")
            if inner is None:
                break
            name, module = f"{name}.{part}", inner
        return tuple(Definition(name, each) for each in module.definitions)

    def _read(self, one: Definition) -> Content:
        module = self.module(one.module)
        assert module is not None
        statements = self._statements(one)
        inside = [node for statement in statements for node in module.inside(statement)]
        bound = [imported(node) for node in inside]
        uses: dict[bool, Uses] = {True: [], False: []}
        kept = []
        for statement in statements:
            fields, statement = self._split_fields(one.module, statement)
            kept.append(statement)
            for chain, is_type in [*fields, *module.used(statement)]:
                for target in self._targets(one.module, chain, bound):
                    uses[is_type].append((".".join(chain), target))
        return Content(
            text="\n".join(map(module.dump, kept)),
            code=uses[False],
            types=uses[True],
            executed=[name for node in inside for name in executed(node)],
            is_alias=all(isinstance(statement, ASSIGNING) for statement in kept),
            is_empty=not any(getattr(statement, "body", True) for statement in kept),
        )

    def _targets(self, name: str, chain: Chain, bound: list[dict[str, str]]) -> Iterator[Target]:
        """Yield what a name in a module may stand for, within a statement that imports some itself."""
        first, *rest = chain
        if first == BY_NAME:
            yield self._resolve(tuple(rest))
        for names in bound:
            if first in names:
                yield self._resolve((*names[first].split("."), *rest))
        module = self.module(name)
        if module and (first in module.definitions or first in module.imports):
            yield self._resolve((*name.split("."), *chain))

    def _split_fields(
        self, module: str, statement: ast.stmt
    ) -> tuple[list[tuple[Chain, bool]], ast.stmt]:
        """Return what the fields of a model name in annotations, and the model without them."""
        there = self.module(module)
        if not isinstance(statement, ast.ClassDef) or not there:
            return [], statement
        if not self._is_model(module, statement):
            return [], statement
        kept = there.without_fields(statement)
        fields = [node for node in statement.body if node not in kept.body]
        annotated = [node.annotation for node in fields if isinstance(node, ast.AnnAssign)]
        return [(chain, True) for each in annotated for chain in annotations(each)], kept

    def _is_model(self, module: str, statement: ast.ClassDef) -> bool:
        """Return whether a class is a pydantic model, directly or not."""
        bases = [chain for base in statement.bases for chain in annotations(base)]
        targets = [target for chain in bases for target in self._targets(module, chain, [])]
        if MODEL in targets:
            return True
        ours = [one for target in targets if isinstance(target, tuple) for one in target]
        return any(
            isinstance(above, ast.ClassDef) and self._is_model(one.module, above)
            for one in ours
            for above in self._statements(one)
        )

    def _statements(self, one: Definition) -> list[ast.stmt]:
        module = self.module(one.module)
        assert module is not None
        return module.definitions[one.name] if one.name else module.effects
