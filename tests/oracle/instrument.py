"""Rewrites a program so that it tells of every value that a name, an attribute, a statement or a return gets."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable

RECORD = "__lintnn_record__"


def instrument(source: str, file: str) -> str:
    """The program with its records; rows and columns are those of ``source``, both from 1."""
    tree = ast.parse(source)
    rewritten = _Rewriter(file).visit(tree)
    return ast.unparse(ast.fix_missing_locations(rewritten))


def functions(source: str) -> list[tuple[str, int]]:
    """The names and rows of the plain functions of the top level."""
    return [(node.name, node.lineno) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def _targets(target: ast.expr) -> Iterable[ast.expr]:
    match target:
        case ast.Tuple() | ast.List():
            for item in target.elts:
                yield from _targets(item)
        case ast.Starred():
            yield from _targets(target.value)
        case ast.Name() | ast.Attribute():
            yield target


class _Rewriter(ast.NodeTransformer):
    def __init__(self, file: str) -> None:
        self._file = file

    def _call(self, place: ast.expr, value: ast.expr) -> ast.expr:
        arguments = [ast.Constant(self._file), ast.Constant(place.lineno), ast.Constant(place.col_offset + 1), value]
        return ast.Call(ast.Name(RECORD, ast.Load()), arguments, [])

    def _read(self, target: ast.expr) -> ast.stmt:
        value = copy.deepcopy(target)
        value.ctx = ast.Load()  # type: ignore[attr-defined]  # a name or an attribute
        return ast.Expr(self._call(target, value))

    def _after(self, node: ast.stmt, targets: Iterable[ast.expr]) -> list[ast.stmt]:
        reads = [self._read(one) for target in targets for one in _targets(target)]
        self.generic_visit(node)
        return [node, *reads]

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._after(node, node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        return self._after(node, [node.target] if node.value else [])

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        return self._after(node, [node.target])

    def visit_For(self, node: ast.For) -> ast.stmt:
        reads = [self._read(one) for one in _targets(node.target)]
        self.generic_visit(node)
        node.body = [*reads, *node.body]
        return node

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        self.generic_visit(node)
        if node.value is not None:
            node.value = self._call(node.value, node.value)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom | ast.Await):
            node.value = self._call(node.value, node.value)
        return node
