"""The definitions that code reaches: names followed through imports, wherever they lie."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from relaxpen.experiment.definitions import Code, Content, Definition, Uses


@dataclass
class Reached:
    """Definitions with what they say, and the dotted names that they use of other packages."""

    contents: dict[Definition, Content] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)

    def digest(self) -> str:
        """Return the SHA-256 of what the definitions say, and of which of them each name stands for.

        Where they lie does not count.
        """
        plain = {one: _sha256(content.text) for one, content in self.contents.items()}
        labels, number = plain, 0
        while len(set(labels.values())) > number:  # until names tell no more of them apart
            number = len(set(labels.values()))
            labels = {
                one: _sha256("\n".join([plain[one], *_labelled(content.code, labels)]))
                for one, content in self.contents.items()
            }
        kept = {label for one, label in labels.items() if not self.contents[one].is_empty}
        return _sha256("\n".join(sorted(kept)))


def reach(code: Code, starts: Iterable[str], is_left_out: Callable[[Definition], bool]) -> Reached:
    """Return what dotted names of code reach, without what is left out and what only that reaches.

    Raises LookupError for a start that is no definition.
    """
    reached, imports = Reached(), set[str]()
    waiting = [(code.find(start), False) for start in starts]
    seen = set(waiting)
    while waiting:
        one, is_type = waiting.pop()
        content = code.content(one)
        is_type = is_type and content.is_alias
        if not is_type:
            reached.contents[one] = content
        reached.outside |= {use for _, use in content.code + content.types if isinstance(use, str)}
        new = [(each, is_type) for each in _definitions(content.code)]
        new += [(each, True) for each in _definitions(content.types)]
        new += [(each, False) for each in _effects(code, [one.module, *content.executed], imports)]
        new = [each for each in new if each not in seen and not is_left_out(each[0])]
        seen.update(new)
        waiting += new
    return reached


def _effects(code: Code, names: list[str], imports: set[str]) -> Iterator[Definition]:
    """Yield what modules do that are imported with some, but for ``imports``, which they join."""
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in imports:
            continue
        imports.add(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        module = code.module(name)
        if module is not None:
            waiting += module.executed
            if module.effects:
                yield Definition(name, "")


def _definitions(uses: Uses) -> Iterator[Definition]:
    for _, target in uses:
        if isinstance(target, tuple):
            yield from target


def _labelled(uses: Uses, labels: dict[Definition, str]) -> list[str]:
    """Return each name with what it stands for: a label, a dotted name, or a name alone."""
    lines = set()
    for name, target in uses:
        if isinstance(target, str):
            lines.add(f"{name} {target}")
        else:
            lines |= {f"{name} {labels.get(one, one.name)}" for one in target}
    return sorted(lines)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
