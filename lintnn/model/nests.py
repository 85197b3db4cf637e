"""Loops in loops as the source has them: epochs around batches."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.values.assigned import walk

Loop = ir.For | ir.While


class Nest(Struct, frozen=True):
    """A ``for`` in another loop of the same function. ``scope``: the statements of that function or module."""

    scope: list[ir.Stmt]
    symbol: str
    outer: Loop
    inner: ir.For


def statements(body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
    """The statements of a body and of what is nested in them, without other functions and classes, in order."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        yield statement
        pending.extend(reversed(_nested(statement)))


def _nested(statement: ir.Stmt) -> list[ir.Stmt]:
    match statement:
        case ir.For() | ir.While():
            return [*statement.body, *statement.orelse]
        case ir.If():
            return [*(inner for arm in statement.arms for inner in arm.body), *statement.orelse]
        case ir.With():
            return statement.body
        case ir.Try():
            handled = (inner for handler in statement.handlers for inner in handler.body)
            return [*statement.body, *handled, *statement.orelse, *statement.final]
        case ir.Match():
            return [inner for case in statement.cases for inner in case.body]
        case _:
            return []


def nests(module: ir.Module, functions: list[ir.FunctionDef]) -> list[Nest]:
    """Every loop of a file in every loop around it, by function."""
    found: list[Nest] = []
    scopes = [("<module>", module.body), *((one.function.qualname, one.function.body) for one in functions)]
    for symbol, body in scopes:
        for outer in statements(body):
            if isinstance(outer, Loop):
                inner = (one for one in statements(outer.body) if isinstance(one, ir.For))
                found.extend(Nest(body, symbol, outer, one) for one in inner)
    return found


def bindings(body: list[ir.Stmt], name: str) -> list[ir.Stmt]:
    """The statements in a body that bind a name, or change it in place."""
    return [statement for statement in statements(body) if any(_binds(target, name) for target in _targets(statement))]


def _targets(statement: ir.Stmt) -> list[ir.Expr]:
    match statement:
        case ir.Assign():
            return statement.targets
        case ir.AugAssign() | ir.AnnAssign() | ir.For():
            return [statement.target]
        case ir.With():
            return [item.target for item in statement.items if item.target is not None]
        case _:
            return []


def _binds(target: ir.Expr, name: str) -> bool:
    if isinstance(target, ir.TupleExpr | ir.ListExpr):
        return any(_binds(item, name) for item in target.items)
    if isinstance(target, ir.Starred):
        return _binds(target.value, name)
    return isinstance(target, ir.Name) and target.id == name


def reads(node: object, name: str) -> bool:
    """Whether a name occurs in a piece of source."""
    return any(isinstance(part, ir.Name) and part.id == name for part in walk(node))
