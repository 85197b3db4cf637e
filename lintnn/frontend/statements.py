"""Lowering of statements: one function per libcst class, found through one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from lintnn.frontend.binding import FrameKind
from lintnn.frontend.expressions import (
    MAX_DEPTH,
    Lowering,
    arguments,
    bound_name,
    expression,
    optional,
    parameters,
    target,
)
from lintnn.frontend.ir import (
    AnnAssign,
    Arm,
    Assert,
    Assign,
    AugAssign,
    Break,
    Case,
    Class,
    ClassDef,
    Continue,
    Delete,
    ExprStmt,
    For,
    Function,
    FunctionDef,
    Handler,
    If,
    Import,
    ImportFrom,
    Literal,
    Match,
    Opaque,
    Pass,
    Raise,
    Return,
    Stmt,
    Try,
    While,
    With,
    WithItem,
)
from lintnn.frontend.patterns import captures, is_irrefutable, literal


class TooDeepError(Exception):
    """Blocks nested deeper than Python itself allows."""


def statements(low: Lowering, lines: Iterable[cst.CSTNode], depth: int) -> list[Stmt]:
    """Lower the statements of a module or block."""
    if depth > MAX_DEPTH:
        raise TooDeepError
    result: list[Stmt] = []
    for line in lines:
        if type(line) is cst.SimpleStatementLine:
            for small in line.body:
                lowered = STATEMENTS[type(small)](low, small, depth)
                if lowered is not None:
                    result.append(lowered)
        else:
            lowered = STATEMENTS[type(line)](low, line, depth)
            if lowered is not None:
                result.append(lowered)
    return result


def _block(low: Lowering, suite: cst.BaseSuite, depth: int) -> list[Stmt]:
    return statements(low, suite.body, depth + 1)


def _else(low: Lowering, orelse: cst.Else | cst.Finally | None, depth: int) -> list[Stmt]:
    return [] if orelse is None else _block(low, orelse.body, depth)


# --- simple statements ---------------------------------------------------------------------------


def _assign(low: Lowering, node: cst.Assign, depth: int) -> Stmt:
    at = low.place(node)
    value = expression(low, node.value, depth)
    return Assign(at, [target(low, item.target, depth) for item in node.targets], value)


_AUGMENTED: dict[type[cst.CSTNode], str] = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.MatrixMultiplyAssign: "@",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&",
    cst.BitXorAssign: "^",
    cst.BitOrAssign: "|",
    cst.PowerAssign: "**",
}


def _aug_assign(low: Lowering, node: cst.AugAssign, depth: int) -> Stmt:
    at = low.place(node)
    changed = target(low, node.target, depth)
    return AugAssign(at, changed, _AUGMENTED[type(node.operator)], expression(low, node.value, depth))


def _ann_assign(low: Lowering, node: cst.AnnAssign, depth: int) -> Stmt:
    at = low.place(node)
    annotation = expression(low, node.annotation.annotation, depth)
    value = optional(low, node.value, depth)
    return AnnAssign(at, target(low, node.target, depth), annotation, value)


def _expr(low: Lowering, node: cst.Expr, depth: int) -> Stmt:
    return ExprStmt(low.place(node), expression(low, node.value, depth))


def _return(low: Lowering, node: cst.Return, depth: int) -> Stmt:
    return Return(low.place(node), optional(low, node.value, depth))


def _raise(low: Lowering, node: cst.Raise, depth: int) -> Stmt:
    return Raise(low.place(node), optional(low, node.exc, depth))


def _assert(low: Lowering, node: cst.Assert, depth: int) -> Stmt:
    return Assert(low.place(node), expression(low, node.test, depth))


def _delete(low: Lowering, node: cst.Del, depth: int) -> Stmt:
    at = low.place(node)
    if isinstance(node.target, cst.Tuple):
        return Delete(at, [target(low, item.value, depth) for item in node.target.elements])
    return Delete(at, [target(low, node.target, depth)])


def _bare(make: Callable[[int], Stmt]) -> StatementHandler:
    def handler(low: Lowering, node: cst.CSTNode, depth: int) -> Stmt:
        return make(low.place(node))

    return handler


def _dotted(node: cst.BaseExpression | None) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


def _alias(alias: cst.ImportAlias) -> tuple[str, str | None]:
    bound = alias.asname.name if alias.asname is not None else None
    return _dotted(alias.name), bound.value if isinstance(bound, cst.Name) else None


def _mention(low: Lowering, dotted: str) -> None:
    for part in dotted.split("."):
        low.names.setdefault(part, part)


def _import(low: Lowering, node: cst.Import, depth: int) -> Stmt:
    at = low.place(node)
    names = [_alias(alias) for alias in node.names]
    for dotted, alias in names:
        _mention(low, dotted)
        low.bind(alias or dotted.partition(".")[0])
    return Import(at, names)


def _import_from(low: Lowering, node: cst.ImportFrom, depth: int) -> Stmt:
    at = low.place(node)
    module = _dotted(node.module)
    names = [] if isinstance(node.names, cst.ImportStar) else [_alias(alias) for alias in node.names]
    _mention(low, module)
    for name, alias in names:
        _mention(low, name)
        low.bind(alias or name)
    return ImportFrom(at, module, len(node.relative), names)


def _global(low: Lowering, node: cst.Global, depth: int) -> None:
    if low.frame is not low.module:
        low.frame.globals.update(item.name.value for item in node.names)


def _nonlocal(low: Lowering, node: cst.Nonlocal, depth: int) -> None:
    low.frame.nonlocals.update(item.name.value for item in node.names)


def _type_alias(low: Lowering, node: cst.TypeAlias, depth: int) -> Stmt:
    at = low.place(node)
    return Assign(at, [bound_name(low, node.name)], Opaque(low.place(node.value), "type-alias"))


# --- compound statements -------------------------------------------------------------------------


def _if(low: Lowering, node: cst.If, depth: int) -> Stmt:
    at = low.place(node)
    arms = []
    rest: cst.If | cst.Else | None = node
    while isinstance(rest, cst.If):
        test = expression(low, rest.test, depth)
        arms.append(Arm(test, _block(low, rest.body, depth)))
        rest = rest.orelse
    return If(at, arms, _else(low, rest, depth))


def _for(low: Lowering, node: cst.For, depth: int) -> Stmt:
    at = low.place(node)
    iterated = expression(low, node.iter, depth)
    bound = target(low, node.target, depth)
    body = _block(low, node.body, depth)
    return For(at, bound, iterated, body, _else(low, node.orelse, depth))


def _while(low: Lowering, node: cst.While, depth: int) -> Stmt:
    at = low.place(node)
    test = expression(low, node.test, depth)
    body = _block(low, node.body, depth)
    return While(at, test, body, _else(low, node.orelse, depth))


def _with(low: Lowering, node: cst.With, depth: int) -> Stmt:
    at = low.place(node)
    items = []
    for item in node.items:
        context = expression(low, item.item, depth)
        items.append(WithItem(context, None if item.asname is None else target(low, item.asname.name, depth)))
    return With(at, items, _block(low, node.body, depth))


def _try(low: Lowering, node: cst.Try | cst.TryStar, depth: int) -> Stmt:
    at = low.place(node)
    body = _block(low, node.body, depth)
    handlers = [_handler(low, handler, depth) for handler in node.handlers]
    orelse = _else(low, node.orelse, depth)
    return Try(at, body, handlers, orelse, _else(low, node.finalbody, depth))


def _handler(low: Lowering, node: cst.ExceptHandler | cst.ExceptStarHandler, depth: int) -> Handler:
    caught = optional(low, node.type, depth)
    name = None
    if node.name is not None and isinstance(node.name.name, cst.Name):
        name = low.bind(node.name.name.value)
    return Handler(caught, name, _block(low, node.body, depth))


def _match(low: Lowering, node: cst.Match, depth: int) -> Stmt:
    at = low.place(node)
    subject = expression(low, node.subject, depth)
    return Match(at, subject, [_case(low, case, depth) for case in node.cases])


def _case(low: Lowering, node: cst.MatchCase, depth: int) -> Case:
    value = literal(node.pattern)
    matched = optional(low, value, depth)
    names = [low.bind(name) for name in captures(node.pattern)]
    guard = optional(low, node.guard, depth)
    return Case(matched, names, guard, _block(low, node.body, depth), is_irrefutable(node.pattern))


# --- definitions ---------------------------------------------------------------------------------


def _function(low: Lowering, node: cst.FunctionDef, depth: int) -> Stmt:
    at = low.place(node)
    header = low.place(node)
    decorators = [expression(low, item.decorator, depth) for item in node.decorators]
    name = low.bind(node.name.value)
    qualname = low.frame.prefix + name
    generic = _open_type_parameters(low, node.type_parameters)
    params = parameters(low, node.params, depth)
    returns = None if node.returns is None else expression(low, node.returns.annotation, depth)
    low.open(FrameKind.FUNCTION, qualname + ".<locals>.")
    for param in params:
        low.bind(param.name)
    body = _block(low, node.body, depth)
    docstring = _take_docstring(body)
    frame = low.close()
    if generic:
        low.close()
    return FunctionDef(
        at,
        Function(
            header,
            name,
            qualname,
            params,
            returns,
            decorators,
            body,
            node.asynchronous is not None,
            frame.is_generator,
            list(frame.bound),
            docstring,
        ),
    )


def _take_docstring(body: list[Stmt]) -> str | None:
    first = body[0] if body else None
    if isinstance(first, ExprStmt) and isinstance(first.value, Literal) and isinstance(first.value.value, str):
        del body[0]
        return first.value.value
    return None


def _class(low: Lowering, node: cst.ClassDef, depth: int) -> Stmt:
    at = low.place(node)
    header = low.place(node)
    decorators = [expression(low, item.decorator, depth) for item in node.decorators]
    name = low.bind(node.name.value)
    qualname = low.frame.prefix + name
    generic = _open_type_parameters(low, node.type_parameters)
    bases = arguments(low, (*node.bases, *node.keywords), depth)
    low.open(FrameKind.CLASS, qualname + ".")
    body = _block(low, node.body, depth)
    low.close()
    if generic:
        low.close()
    return ClassDef(at, Class(header, name, qualname, bases, decorators, body))


def _open_type_parameters(low: Lowering, node: cst.TypeParameters | None) -> bool:
    if node is None:
        return False
    low.open(FrameKind.TYPE_PARAMETERS, low.frame.prefix)
    for item in node.params:
        low.bind(item.param.name.value)
    return True


StatementHandler = Callable[[Lowering, Any, int], Stmt | None]

STATEMENTS: dict[type[cst.CSTNode], StatementHandler] = {
    cst.Assign: _assign,
    cst.AugAssign: _aug_assign,
    cst.AnnAssign: _ann_assign,
    cst.Expr: _expr,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Del: _delete,
    cst.Pass: _bare(Pass),
    cst.Break: _bare(Break),
    cst.Continue: _bare(Continue),
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.LazyImport: _import,
    cst.LazyImportFrom: _import_from,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.TypeAlias: _type_alias,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
}
