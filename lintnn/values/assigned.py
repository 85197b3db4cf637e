"""Which names and attributes a piece of IR assigns or mentions. Cached per node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def mentioned_in(expression: ir.Expr) -> frozenset[str]:
    """The variables and, with a leading dot, the attributes that an expression reads."""
    names = {node.id for node in walk(expression) if isinstance(node, ir.Name)}
    return frozenset(names | {f".{node.attr}" for node in walk(expression) if isinstance(node, ir.Attribute)})


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


class EachRound(Struct, frozen=True, gc=False):
    """What a test in a loop reads and every round of the loop sets: to anything, or to a literal."""

    anything: Assigned
    literals: Assigned


def set_each_round(body: list[ir.Stmt]) -> EachRound:
    """The names and attributes that tests within the statements read and that the statements surely set: outside of branches, or
    under a test of their own (``if first: first = False``)."""
    sets: list[tuple[ir.Expr, ir.Expr]] = []
    _surely(body, None, sets)
    names, attributes = _read_by([test for node in walk_all(body) for test in _tests(node)])
    anything: tuple[set[str], set[str]] = (set(), set())
    literals: tuple[set[str], set[str]] = (set(), set())
    for target, value in sets:
        _targets(target, *anything)
        if isinstance(value, ir.Literal):
            _targets(target, *literals)
    return EachRound(*(Assigned(names & found[0], attributes & found[1]) for found in (anything, literals)))


def walk_all(body: Iterable[object]) -> Iterator[object]:
    """All structs of several trees."""
    for node in body:
        yield from walk(node)


def _tests(node: object) -> list[ir.Expr]:
    if isinstance(node, ir.If):
        return [arm.test for arm in node.arms]
    return [node.test] if isinstance(node, ir.IfExp) else []


def _read_by(expressions: list[ir.Expr]) -> tuple[frozenset[str], frozenset[str]]:
    nodes = list(walk_all(expressions))
    names = frozenset(node.id for node in nodes if isinstance(node, ir.Name))
    return names, frozenset(node.attr for node in nodes if isinstance(node, ir.Attribute))


def _surely(body: list[ir.Stmt], own: tuple[frozenset[str], frozenset[str]] | None, sets: list[tuple[ir.Expr, ir.Expr]]) -> None:
    """Collect what the statements set; within a branch only what its test reads (``own``)."""
    for node in body:
        if isinstance(node, ir.Assign):
            sets.extend((target, node.value) for target in node.targets if own is None or _is_own(target, own))
        elif isinstance(node, (ir.With, ir.Try)):
            _surely(node.body, own, sets)
        elif isinstance(node, ir.If):
            for arm in node.arms:
                _surely(arm.body, _read_by([arm.test]), sets)


def _is_own(target: ir.Expr, own: tuple[frozenset[str], frozenset[str]]) -> bool:
    return (isinstance(target, ir.Name) and target.id in own[0]) or (isinstance(target, ir.Attribute) and target.attr in own[1])
