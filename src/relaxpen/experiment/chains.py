"""The names that a syntax tree uses, each with its attributes."""

import ast
from collections.abc import Iterator

Chain = tuple[str, ...]  # ("torch", "nn", "functional") for torch.nn.functional
BY_NAME = ""  # begins the full name of a module that importlib is asked for


def annotations(node: ast.AST) -> Iterator[Chain]:
    """Yield the names in an annotation."""
    for chain, _ in chains(node, True):
        yield chain


def chains(node: ast.AST, is_type: bool = False) -> Iterator[tuple[Chain, bool]]:
    """Yield the names that a tree uses, with their attributes, and whether only an annotation does."""
    if chain := _dotted(node):
        yield chain, is_type
        return
    if is_type and isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _quoted(node.value)
    if module := _imported_by_name(node):
        yield (BY_NAME, *module.split(".")), is_type
    for name, value in ast.iter_fields(node):
        for child in nodes(value):
            yield from chains(child, is_type or name in ("annotation", "returns"))


def nodes(value: object) -> list[ast.AST]:
    """Return the trees in a field of a tree."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, ast.AST)]


def _quoted(text: str) -> Iterator[tuple[Chain, bool]]:
    """Yield the names of an annotation in quotes; the words of a Literal are none."""
    try:
        yield from chains(ast.parse(text, mode="eval").body, True)
    except SyntaxError:
        return


def _dotted(node: ast.AST) -> Chain | None:
    """Return ("a", "b") for a.b, None for what does not begin with a name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (first := _dotted(node.value)):
        return (*first, node.attr)
    return None


def _imported_by_name(node: ast.AST) -> str | None:
    """Return the module of a call such as importlib.import_module("torchvision.datasets").

    Raises ValueError if the name of the module is computed.
    """
    if not isinstance(node, ast.Call) or (_dotted(node.func) or ("",))[-1] != "import_module":
        return None
    name = node.args[0] if node.args else None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        raise ValueError(f"{ast.unparse(node)!r} cannot be followed; name the module")
    return name.value
