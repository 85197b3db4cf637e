"""Names that belong together, and expressions that differ by such names only: ``q_proj`` and ``k_proj``, ``sin`` and ``cos``."""

from __future__ import annotations

import re

from lintnn.frontend import ir
from lintnn.values.assigned import children

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+")

Part = tuple[str, object]
"""A node of an expression as text: its kind, and the identifier, constant or operators in it."""


def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier, separators included: joined they are the name."""
    return tuple(_WORD.findall(name)) if _WORD.findall(name) else (name,)


def replacement(left: str, right: str) -> tuple[str, str] | None:
    """The one word by which two names differ, as a pair; None if they differ otherwise."""
    if left == right:
        return None
    before, after = words_of(left), words_of(right)
    if len(before) != len(after):
        return None
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    return changed[0] if len(set(changed)) == 1 else None


def replaced(name: str, pair: tuple[str, str]) -> str:
    """The name with one word in place of another; the same name if the word is not in it."""
    old, new = pair
    return "".join(_recased(word, new) if word.lower() == old.lower() else word for word in words_of(name))


def _recased(word: str, new: str) -> str:
    if word.isupper() and len(word) > 1:
        return new.upper()
    return new.capitalize() if word[:1].isupper() else new.lower() if word.islower() else new


def parts(expression: object) -> list[Part]:
    """An expression as a list: equal lists are equal expressions, whatever their places."""
    found: list[Part] = []
    pending = [expression]
    while pending:
        node = pending.pop()
        inner = children(node)
        found.append((f"{type(node).__name__}/{len(inner)}", _own(node)))
        pending.extend(inner)
    return found


def _own(node: object) -> object:
    match node:
        case ir.Name():
            return node.id
        case ir.Attribute():
            return node.attr
        case ir.Literal():
            return (type(node.value).__name__, node.value)
        case ir.BinaryChain() | ir.CompareChain():
            return tuple(node.operators)
        case ir.BoolChain() | ir.UnaryOp():
            return node.operator
        case ir.Argument():
            return (node.keyword, node.star)
        case ir.Slice():
            return (node.lower is None, node.upper is None, node.step is None)
        case ir.Opaque():
            return node.at
    return None
