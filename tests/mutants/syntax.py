"""Questions about pieces of a libcst tree that the mutators ask."""

# ruff: noqa: N802 - the names of visitor methods are libcst's

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import libcst as cst

Unit = cst.FunctionDef | cst.For | cst.While | cst.If | cst.With
UNIT_TYPES = (cst.FunctionDef, cst.For, cst.While, cst.If, cst.With)


def units(module: cst.Module) -> Iterator[Unit]:
    """The pieces that are mutated one by one: top-level functions, methods, and top-level compound statements."""
    for statement in module.body:
        if isinstance(statement, UNIT_TYPES):
            yield statement
        elif isinstance(statement, cst.ClassDef):
            yield from (inner for inner in statement.body.body if isinstance(inner, cst.FunctionDef))


def replace_unit(module: cst.Module, unit: Unit, new: cst.CSTNode) -> cst.Module:
    """The module with one of its units replaced."""
    return module.with_changes(body=[_replaced(statement, unit, new) for statement in module.body])


def _replaced(statement: cst.CSTNode, unit: Unit, new: cst.CSTNode) -> cst.CSTNode:
    if statement is unit:
        return new
    if isinstance(statement, cst.ClassDef) and any(inner is unit for inner in statement.body.body):
        inner = [new if member is unit else member for member in statement.body.body]
        return statement.with_changes(body=statement.body.with_changes(body=inner))
    return statement


def method_call(statement: cst.CSTNode, *methods: str) -> cst.Call | None:
    """The call, where a statement line is nothing but a call of one of these methods."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        function = small.value.func
        if isinstance(function, cst.Attribute) and function.attr.value in methods:
            return small.value
    return None


def dotted(node: cst.BaseExpression) -> str:
    """``self.model.eval`` for an attribute chain of names; empty for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr.value}" if base else ""
    return ""


class _Calls(cst.CSTVisitor):
    def __init__(self) -> None:
        self.calls: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)


def calls(node: cst.CSTNode) -> Sequence[cst.Call]:
    """All calls inside a node."""
    visitor = _Calls()
    node.visit(visitor)
    return visitor.calls


@functools.lru_cache(maxsize=64)
def called_methods(node: cst.CSTNode) -> frozenset[str]:
    """The names of all methods that a node calls."""
    return frozenset(call.func.attr.value for call in calls(node) if isinstance(call.func, cst.Attribute))


def backward_receivers(node: cst.CSTNode) -> frozenset[str]:
    """The names of the losses on which a node calls ``backward``."""
    return frozenset(
        dotted(call.func.value) for call in calls(node) if isinstance(call.func, cst.Attribute) and call.func.attr.value == "backward"
    ) - {""}


class _Assignments(cst.CSTVisitor):
    def __init__(self, class_name: str) -> None:
        self.class_name = class_name
        self.names: set[str] = set()

    def visit_Assign(self, node: cst.Assign) -> None:
        made = node.value
        while isinstance(made, cst.Call) and isinstance(made.func, cst.Attribute) and made.func.attr.value in ("to", "cuda"):
            made = made.func.value
        if isinstance(made, cst.Call) and dotted(made.func).rpartition(".")[2] == self.class_name:
            self.names |= {dotted(target.target) for target in node.targets} - {""}


@functools.lru_cache(maxsize=8)
def instances(module: cst.Module, class_name: str) -> frozenset[str]:
    """The names and attributes that a module assigns an instance of a class to."""
    visitor = _Assignments(class_name)
    module.visit(visitor)
    return frozenset(visitor.names)
