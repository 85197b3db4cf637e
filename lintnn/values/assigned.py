"""Which names and attributes a piece of IR assigns or mentions. Cached per node."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.knowledge.rows import words

SCALARS = frozenset(
    words("at id scope attr operator operators kind name qualname names module level why star is_async is_generator locals docstring")
)
"""Fields of the IR that never hold nodes."""
_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields of a struct type in which nodes may be."""
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(name for name in kind.__struct_fields__ if name not in SCALARS)  # type: ignore[attr-defined]
    return known


def children(node: object) -> list[object]:
    """The structs directly below a struct."""
    found: list[object] = []
    for name in _fields_of(type(node)):
        value = getattr(node, name)
        if type(value) is list:
            found.extend(item for item in value if isinstance(item, Struct))
        elif isinstance(value, Struct):
            found.append(value)
    return found


def walk(root: object) -> Iterator[object]:
    """All structs of a tree, functions and lambdas inside included."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(children(node))


def mentions(expression: ir.Expr, name: str) -> bool:
    """Whether an expression reads the variable ``name``."""
    return any(isinstance(node, ir.Name) and node.id == name for node in walk(expression))


def mentions_attribute(expression: ir.Expr, name: str) -> bool:
    """Whether an expression reads an attribute ``name``."""
    return any(isinstance(node, ir.Attribute) and node.attr == name for node in walk(expression))


class Assigned(Struct, frozen=True, gc=False):
    """Names and attributes that code assigns."""

    names: frozenset[str]
    attributes: frozenset[str]


def _targets(target: ir.Expr, names: set[str], attributes: set[str]) -> None:
    if isinstance(target, ir.Name):
        names.add(target.id)
    elif isinstance(target, ir.Attribute):
        attributes.add(target.attr)
    elif isinstance(target, (ir.TupleExpr, ir.ListExpr)):
        for item in target.items:
            _targets(item, names, attributes)
    elif isinstance(target, ir.Starred):
        _targets(target.value, names, attributes)


def assigned_in(body: list[ir.Stmt]) -> Assigned:
    """What the statements assign, nested blocks included, nested functions left out."""
    names: set[str] = set()
    attributes: set[str] = set()
    pending: list[object] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ir.Assign):
            for target in node.targets:
                _targets(target, names, attributes)
        elif isinstance(node, (ir.AugAssign, ir.AnnAssign, ir.For)):
            _targets(node.target, names, attributes)
        elif isinstance(node, ir.NamedExpr):
            names.add(node.target.id)
        elif isinstance(node, (ir.FunctionDef, ir.ClassDef, ir.Lambda)):
            continue
        pending.extend(children(node))
    return Assigned(frozenset(names), frozenset(attributes))
