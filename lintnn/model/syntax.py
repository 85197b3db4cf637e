"""Questions about the text of one file: its routines, what stands in which loop and branch, dotted names and what imports make of them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.values.assigned import children, walk

Loop = ir.For | ir.While


class Line(Struct, frozen=True, gc=False):
    """A statement of a routine: the loops around it, outermost first; the branches it stands in as pairs of the ``if`` (``try``,
    ``match``) and the number of the arm; and the tests that hold there."""

    statement: ir.Stmt
    loops: tuple[Loop, ...]
    branches: tuple[tuple[int, int], ...]
    tests: tuple[ir.Expr, ...]

    @property
    def at(self) -> int:
        """The ordinal of the statement."""
        return self.statement.at


class Routine(Struct, frozen=True, gc=False):
    """A function, a method (``owner``: its class) or the top level of a file (no ``function``), with its own statements in order."""

    name: str
    function: ir.Function | None
    owner: ir.Class | None
    lines: tuple[Line, ...]


def routines(module: ir.Module) -> list[Routine]:
    """The routines of a file."""
    found: list[Routine] = []
    pending: list[tuple[str, ir.Function | None, ir.Class | None, list[ir.Stmt]]] = [("<module>", None, None, module.body)]
    while pending:
        name, function, owner, body = pending.pop()
        lines = tuple(_lines(body, (), (), ()))
        found.append(Routine(name, function, owner, lines))
        for line in lines:
            if isinstance(line.statement, ir.FunctionDef):
                inner = line.statement.function
                pending.append((inner.qualname, inner, None, inner.body))
            elif isinstance(line.statement, ir.ClassDef):
                pending.extend(_methods(line.statement.definition))
    return found


def _methods(owner: ir.Class) -> Iterator[tuple[str, ir.Function | None, ir.Class | None, list[ir.Stmt]]]:
    for line in _lines(owner.body, (), (), ()):
        if isinstance(line.statement, ir.FunctionDef):
            yield line.statement.function.qualname, line.statement.function, owner, line.statement.function.body
        elif isinstance(line.statement, ir.ClassDef):
            yield from _methods(line.statement.definition)


def _lines(
    body: list[ir.Stmt], loops: tuple[Loop, ...], branches: tuple[tuple[int, int], ...], tests: tuple[ir.Expr, ...]
) -> Iterator[Line]:
    for node in body:
        yield Line(node, loops, branches, tests)
        match node:
            case ir.If():
                for number, arm in enumerate(node.arms):
                    yield from _lines(arm.body, loops, (*branches, (node.at, number)), (*tests, arm.test))
                yield from _lines(node.orelse, loops, (*branches, (node.at, len(node.arms))), tests)
            case ir.For() | ir.While():
                yield from _lines(node.body, (*loops, node), branches, tests)
                yield from _lines(node.orelse, loops, branches, tests)
            case ir.With():
                yield from _lines(node.body, loops, branches, tests)
            case ir.Try():
                yield from _lines(node.body, loops, branches, tests)
                for number, handler in enumerate(node.handlers, 1):
                    yield from _lines(handler.body, loops, (*branches, (node.at, number)), tests)
                yield from _lines(node.orelse, loops, branches, tests)
                yield from _lines(node.final, loops, branches, tests)
            case ir.Match():
                for number, case in enumerate(node.cases):
                    yield from _lines(case.body, loops, (*branches, (node.at, number)), tests)


def apart(left: Line, right: Line) -> bool:
    """Whether two statements stand in different arms of one branch, so that one run of the code around them meets one of them only."""
    arms = dict(left.branches)
    return any(arms.get(at, arm) != arm for at, arm in right.branches)


def own(statement: ir.Stmt) -> Iterator[object]:
    """The nodes of a statement itself: the tests and iterables of compound statements, not what stands in their blocks."""
    match statement:
        case ir.If():
            roots: list[object] = [arm.test for arm in statement.arms]
        case ir.For():
            roots = [statement.target, statement.iter]
        case ir.While():
            roots = [statement.test]
        case ir.With():
            roots = list(statement.items)
        case ir.Match():
            roots = [statement.subject]
        case ir.Try() | ir.FunctionDef() | ir.ClassDef():
            roots = []
        case _:
            roots = [statement]
    for root in roots:
        yield from walk(root)


def dotted(expression: object) -> str:
    """A dotted name as text, ``self.model``; empty for anything else."""
    parts: list[str] = []
    while isinstance(expression, ir.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(parts)]) if isinstance(expression, ir.Name) else ""


def method_call(expression: object) -> tuple[ir.Expr, str] | None:
    """Receiver and name of a call of a method or of a function in a module; None for anything else."""
    if isinstance(expression, ir.Call) and isinstance(expression.func, ir.Attribute):
        return expression.func.value, expression.func.attr
    return None


def argument(call: ir.Call, position: int, name: str) -> ir.Expr | None:
    """An argument of a call by position or by name; None if it is not given, or not in sight."""
    for given in call.args:
        if given.keyword == name:
            return given.value
    plain = [given.value for given in call.args if given.keyword is None and not given.star]
    return plain[position] if 0 <= position < len(plain) else None


def targets(statement: ir.Stmt) -> list[ir.Expr]:
    """What a statement assigns, tuples opened."""
    match statement:
        case ir.Assign():
            found = list(statement.targets)
        case ir.AnnAssign() if statement.value is not None:
            found = [statement.target]
        case ir.AugAssign() | ir.For():
            found = [statement.target]
        case ir.With():
            found = [item.target for item in statement.items if item.target is not None]
        case _:
            return []
    flat: list[ir.Expr] = []
    while found:
        target = found.pop()
        if isinstance(target, (ir.TupleExpr, ir.ListExpr)):
            found.extend(target.items)
        else:
            flat.append(target.value if isinstance(target, ir.Starred) else target)
    return flat


def assigned_value(statement: ir.Stmt) -> ir.Expr | None:
    """The right side of a plain assignment."""
    return statement.value if isinstance(statement, (ir.Assign, ir.AnnAssign)) else None


def last_ordinal(node: object) -> int:
    """The greatest ordinal in a tree."""
    return max((inner.at for inner in walk(node) if isinstance(inner, ir.Node)), default=-1)


def is_inside(line: Line, loop: Loop) -> bool:
    """Whether a statement stands in the body of a loop."""
    return any(one is loop for one in line.loops)


class Imported:
    """What the names that a file imports stand for."""

    def __init__(self, module: ir.Module) -> None:
        self._names: dict[str, str] = {}
        for node in walk(module):
            if isinstance(node, ir.Import):
                for name, alias in node.names:
                    self._names[alias or name.partition(".")[0]] = name if alias else name.partition(".")[0]
            elif isinstance(node, ir.ImportFrom) and not node.level:
                for name, alias in node.names:
                    self._names[alias or name] = f"{node.module}.{name}"

    def name_of(self, expression: ir.Expr | None) -> str:
        """The canonical name of what a dotted name means in a library; empty for what no import brings in."""
        text = dotted(expression)
        first, _, rest = text.partition(".")
        known = self._names.get(first)
        if known is None:
            return ""
        return lookup.canonical(f"{known}.{rest}" if rest else known)


__all__ = [
    "Imported",
    "Line",
    "Loop",
    "Routine",
    "apart",
    "argument",
    "assigned_value",
    "children",
    "dotted",
    "is_inside",
    "last_ordinal",
    "method_call",
    "own",
    "routines",
    "targets",
    "walk",
]
