"""Short names for what the tests of the frontend look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from lintnn.frontend.ir import Expr, ExprStmt, Function, FunctionDef, Module, Name, Stmt
from lintnn.frontend.lower import lower_file


def lower(text: str, name: str = "example.py") -> Module:
    """Lower a text that must be without problems."""
    module = lower_file(text.encode(), name)
    assert module.problems == []
    return module


def only(text: str) -> Stmt:
    """The single statement of a text."""
    (statement,) = lower(text).body
    return statement


def expression(text: str) -> Expr:
    """The expression that a text consists of."""
    statement = only(text)
    assert isinstance(statement, ExprStmt)
    return statement.value


def functions(module: Module) -> dict[str, Function]:
    """All functions and lambdas by their qualified names."""
    return {node.qualname: node for node in walk(module) if isinstance(node, Function)}


def function(text: str) -> Function:
    """The first function that a text defines."""
    statement = next(item for item in lower(text).body if isinstance(item, FunctionDef))
    return statement.function


def scopes(node: Any) -> dict[str, set[str]]:
    """For each name below a node, the scopes it is used with."""
    found: dict[str, set[str]] = {}
    for item in walk(node):
        if isinstance(item, Name):
            found.setdefault(item.id, set()).add(item.scope.name)
    return found


def walk(node: Any) -> Iterator[Any]:
    """Every struct below a node, in order."""
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, msgspec.Struct):
            yield item
            pending.extend(reversed([getattr(item, field) for field in item.__struct_fields__]))
        elif isinstance(item, list | tuple):
            pending.extend(reversed(item))
