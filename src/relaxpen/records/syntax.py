"""The syntax of a module: what it defines, imports and does, and the names that each part uses."""

import ast
import symtable
from collections.abc import Iterator
from functools import cache, cached_property

from relaxpen.records.chains import BY_NAME, Chain, chains, nodes

Import = ast.Import | ast.ImportFrom
DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ASSIGNING = (ast.Assign, ast.AnnAssign, ast.AugAssign)
Uses = list[tuple[Chain, bool]]
IMPORTING = (ast.Import, ast.ImportFrom)

# What a model says of its fields: they are values, which settings hold, and what completes or refuses
# them.
OF_FIELDS = ("model_config", "model_validator", "field_validator", "classmethod")


class Module:
    """What stands at the top of a module, without prose.

    ``definitions`` are the statements that bind each name, ``imports`` the dotted names that
    imported names stand for, ``effects`` the statements that only do something on import, and
    ``executed`` the modules that are imported with it.
    """

    def __init__(self, text: str) -> None:
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, str] = {}
        self.effects: list[ast.stmt] = []
        self.executed: list[str] = []
        self._inside: dict[ast.stmt, list[Import]] = {}
        self._dumps: dict[ast.stmt, str] = {}
        self._used: dict[ast.stmt, Uses] = {}
        self._models: dict[ast.ClassDef, ast.ClassDef] = {}
        for statement in ast.parse(text).body:
            if not _is_prose(statement):
                self._add(statement)
        self._text = text

    def _add(self, statement: ast.stmt) -> None:
        names = _bound(statement)
        for name in names:
            self.definitions.setdefault(name, []).append(statement)
        if isinstance(statement, DEFINING):
            return
        imports = [statement] if isinstance(statement, IMPORTING) else self.inside(statement)
        for node in imports:
            self.imports |= imported(node)
        if _is_for_types(statement):
            return
        self.executed += [name for node in imports for name in executed(node)]
        if not isinstance(statement, IMPORTING) and not (
            names and isinstance(statement, ASSIGNING)
        ):
            self.effects.append(statement)

    def inside(self, statement: ast.stmt) -> list[Import]:
        """Return the imports within a statement, which is left without them and without prose."""
        if statement not in self._inside:
            self._inside[statement] = list(_stripped(statement))
        return self._inside[statement]

    def dump(self, statement: ast.stmt) -> str:
        """Return the syntax tree of a statement as text."""
        if statement not in self._dumps:
            self._dumps[statement] = ast.dump(statement)
        return self._dumps[statement]

    def used(self, statement: ast.stmt) -> Uses:
        """Return the names that a statement takes from outside, and whether only an annotation does."""
        if statement not in self._used:
            self._used[statement] = list(self._taken(statement))
        return self._used[statement]

    def without_fields(self, statement: ast.ClassDef) -> ast.ClassDef:
        """Return a pydantic model without its fields and without what refuses their values."""
        if statement not in self._models:
            kept = [node for node in statement.body if not _is_of_fields(node)]
            parts = dict(ast.iter_fields(statement)) | {"body": kept}
            self._models[statement] = ast.ClassDef(**parts)
        return self._models[statement]

    def _taken(self, statement: ast.stmt) -> Iterator[tuple[Chain, bool]]:
        if not isinstance(statement, DEFINING):
            yield from chains(statement)
            return
        free = self._free(statement.name) | {BY_NAME}
        for name, value in ast.iter_fields(statement):  # its head is evaluated outside of it
            if name != "body":
                free |= {chain[0] for part in nodes(value) for chain, _ in chains(part)}
        for chain, is_type in chains(statement):
            if is_type or chain[0] in free:
                yield chain, is_type

    @cached_property
    def _tables(self) -> list[symtable.SymbolTable]:
        return symtable.symtable(self._text, "", "exec").get_children()

    def _free(self, name: str) -> set[str]:
        """Return the names that a function or class takes from outside, or imports itself."""
        names, waiting = set(), [table for table in self._tables if table.get_name() == name]
        while waiting:
            table = waiting.pop()
            waiting += table.get_children()
            in_class = table.get_type() == "class"
            names |= {
                symbol.get_name()
                for symbol in table.get_symbols()
                if symbol.is_global()
                or symbol.is_imported()
                or (in_class and symbol.is_referenced())
            }
        return names


@cache  # the same text stands in many copies of a package
def read_module(text: str) -> Module:
    """Return what stands at the top of a module, by its text."""
    return Module(text)


def imported(node: Import) -> dict[str, str]:
    """Return the dotted names that the names of an import stand for.

    Raises ValueError for an import that does not say what, or from where.
    """
    if isinstance(node, ast.Import):
        whole = {alias.asname: alias.name for alias in node.names if alias.asname}
        first = [alias.name.split(".")[0] for alias in node.names if not alias.asname]
        return whole | {name: name for name in first}
    if node.level or node.names[0].name == "*":
        raise ValueError(
            f"{ast.unparse(node)!r} cannot be followed; import names, from the full path of a module"
        )
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}


def executed(node: Import) -> list[str]:
    """Return the dotted names of what may be modules that an import runs."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def _stripped(statement: ast.AST) -> Iterator[Import]:
    """Take docstrings and imports out of a statement, at any depth, and yield the imports."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        body = getattr(statement, name, None)
        if isinstance(body, list):
            yield from (node for node in body if isinstance(node, IMPORTING))
            kept = [
                node for node in body if not isinstance(node, IMPORTING) and not _is_prose(node)
            ]
            setattr(statement, name, kept)
            for node in kept:
                yield from _stripped(node)


def _is_prose(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, imports apart."""
    if isinstance(statement, DEFINING):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        parts: list[ast.AST] = list(statement.targets)
    else:
        parts = [getattr(statement, "target", statement)]
    nodes = [node for part in parts for node in ast.walk(part)]
    defined = {node.name for node in nodes if isinstance(node, DEFINING)}
    stored = [node for node in nodes if isinstance(node, ast.Name)]
    return defined | {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def _is_for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


def _is_of_fields(node: ast.stmt) -> bool:
    """Return whether a statement of a model declares or refuses values of its fields."""
    if isinstance(node, ast.AnnAssign):
        return "ClassVar" not in ast.unparse(node.annotation)
    heads = node.targets if isinstance(node, ast.Assign) else getattr(node, "decorator_list", [])
    return any(part in ast.unparse(head) for head in heads for part in OF_FIELDS)
