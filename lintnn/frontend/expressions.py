"""Lowering of expressions: one function per libcst class, found through one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from lintnn.frontend import binding, literals
from lintnn.frontend.binding import Frame, FrameKind
from lintnn.frontend.ir import (
    Argument,
    Attribute,
    Await,
    BinaryChain,
    BoolChain,
    Call,
    Clause,
    CompareChain,
    Comprehension,
    DictExpr,
    Expr,
    FString,
    Function,
    IfExp,
    Lambda,
    ListExpr,
    Literal,
    Name,
    NamedExpr,
    Opaque,
    Parameter,
    Return,
    Scope,
    SetExpr,
    Slice,
    Starred,
    Subscript,
    TupleExpr,
    UnaryOp,
    Yield,
)

MAX_DEPTH = 150
"""Blocks and expressions nested deeper than this are not modelled."""

_CONSTANTS: dict[str, bool | None] = {"True": True, "False": False, "None": None}
_LOCAL = Scope.LOCAL


class Lowering:
    """The state of lowering one file. ``nodes[ordinal]`` is the libcst node that an ordinal stands for."""

    __slots__ = ("frame", "module", "names", "nodes", "uses")

    def __init__(self) -> None:
        self.nodes: list[cst.CSTNode] = []
        self.names: dict[str, str] = {}
        self.module = Frame(FrameKind.MODULE, None, "")
        self.frame = self.module
        self.uses = self.module.uses

    def place(self, node: cst.CSTNode) -> int:
        """The next ordinal, standing for ``node``."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def open(self, kind: FrameKind, prefix: str) -> None:
        """Enter a scope; ``prefix`` starts the qualified names of what is defined in it."""
        self.frame = Frame(kind, self.frame, prefix)
        self.uses = self.frame.uses

    def close(self) -> Frame:
        """Leave the innermost scope."""
        frame = self.frame
        binding.close(frame, self.module)
        if frame.parent is not None:
            self.frame = frame.parent
            self.uses = self.frame.uses
        return frame

    def abandon(self, first: int) -> None:
        """Give up a chunk that failed half-way: its scopes are left and its ordinals, from ``first`` on, are free again."""
        while self.frame is not self.module:
            self.close()
        del self.nodes[first:]

    def bind(self, name: str) -> str:
        """Note that the current scope binds ``name``."""
        name = self.names.setdefault(name, name)
        self.frame.bound[name] = None
        return name


Handler = Callable[[Lowering, Any, int], Expr]


def expression(low: Lowering, node: cst.CSTNode, depth: int) -> Expr:
    """Lower one expression."""
    return EXPRESSIONS[type(node)](low, node, depth)


def optional(low: Lowering, node: cst.CSTNode | None, depth: int) -> Expr | None:
    """Lower an expression that may be missing."""
    return None if node is None else EXPRESSIONS[type(node)](low, node, depth)


def target(low: Lowering, node: cst.CSTNode, depth: int) -> Expr:
    """Lower what is assigned to, and bind its names."""
    if type(node) is cst.Name:
        return bound_name(low, node)
    make = _TARGET_SEQUENCES.get(type(node))
    if make is not None and depth <= MAX_DEPTH:
        at = low.place(node)
        return make(at, [target(low, _element(item), depth + 1) for item in node.elements])  # type: ignore[attr-defined]
    if type(node) is cst.StarredElement:
        return Starred(low.place(node), target(low, node.value, depth))
    return EXPRESSIONS[type(node)](low, node, depth)


def bound_name(low: Lowering, node: cst.Name) -> Name:
    """Lower a name that is assigned to."""
    result = Name(low.place(node), low.bind(node.value), _LOCAL)
    low.uses.append(result)
    return result


def arguments(low: Lowering, args: Iterable[cst.Arg], depth: int) -> list[Argument]:
    """Lower the arguments of a call or the bases of a class."""
    result = []
    for arg in args:
        value = arg.value
        keyword = arg.keyword
        lowered = EXPRESSIONS[type(value)](low, value, depth)
        result.append(Argument(lowered, None if keyword is None else keyword.value, len(arg.star)))
    return result


def parameters(low: Lowering, params: cst.Parameters, depth: int) -> list[Parameter]:
    """Lower parameters in the order of the source; defaults and annotations belong to the scope around the function."""
    result = [_parameter(low, param, "positional", depth) for param in params.posonly_params]
    result += [_parameter(low, param, "plain", depth) for param in params.params]
    if type(params.star_arg) is cst.Param:
        result.append(_parameter(low, params.star_arg, "star", depth))
    result += [_parameter(low, param, "keyword", depth) for param in params.kwonly_params]
    if params.star_kwarg is not None:
        result.append(_parameter(low, params.star_kwarg, "star2", depth))
    return result


def _parameter(low: Lowering, param: cst.Param, kind: str, depth: int) -> Parameter:
    annotation = param.annotation
    return Parameter(
        low.names.setdefault(param.name.value, param.name.value),
        kind,
        optional(low, param.default, depth),
        None if annotation is None else expression(low, annotation.annotation, depth),
    )


def too_deep(low: Lowering, node: cst.CSTNode) -> Opaque:
    """What stands for an expression beyond ``MAX_DEPTH``."""
    return Opaque(low.place(node), "too-deep")


def _element(item: cst.CSTNode) -> cst.CSTNode:
    return item.value if type(item) is cst.Element else item


def _opaque(why: str) -> Handler:
    def handler(low: Lowering, node: cst.CSTNode, depth: int) -> Expr:
        return Opaque(low.place(node), why)

    return handler


# --- names and constants -------------------------------------------------------------------------


def _name(low: Lowering, node: cst.Name, depth: int) -> Expr:
    nodes = low.nodes
    at = len(nodes)
    nodes.append(node)
    value = node.value
    if value in _CONSTANTS:
        return Literal(at, _CONSTANTS[value])
    result = Name(at, low.names.setdefault(value, value), _LOCAL)
    low.uses.append(result)
    return result


def _integer(low: Lowering, node: cst.Integer, depth: int) -> Expr:
    at = low.place(node)
    value = literals.integer(node.value)
    return Opaque(at, "big-integer") if value is None else Literal(at, value)


def _float(low: Lowering, node: cst.Float, depth: int) -> Expr:
    return Literal(low.place(node), float(node.value))


def _string(low: Lowering, node: cst.SimpleString, depth: int) -> Expr:
    at = low.place(node)
    return _text(at, literals.string(node.value))


def _text(at: int, value: str | None) -> Expr:
    return Opaque(at, "string") if value is None else Literal(at, value)


def _formatted(low: Lowering, node: cst.FormattedString, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    parts: list[Expr] = []
    _format_parts(low, node.parts, "r" in node.start.lower(), parts, depth + 1)
    return FString(at, parts)


def _format_parts(low: Lowering, contents: Iterable[cst.CSTNode], raw: bool, parts: list[Expr], depth: int) -> None:
    for content in contents:
        if isinstance(content, cst.FormattedStringText):
            text = literals.string_part(content.value.replace("{{", "{").replace("}}", "}"), raw)
            parts.append(_text(low.place(content), text))
        elif isinstance(content, cst.FormattedStringExpression):
            parts.append(expression(low, content.expression, depth))
            if content.conversion or content.format_spec:
                parts.append(Opaque(low.place(content), "format"))
                _format_expressions(low, content.format_spec or (), parts, depth)


def _format_expressions(low: Lowering, contents: Iterable[cst.CSTNode], parts: list[Expr], depth: int) -> None:
    nested = (content.expression for content in contents if isinstance(content, cst.FormattedStringExpression))
    parts.extend(expression(low, value, depth) for value in nested)


def _concatenated(low: Lowering, node: cst.ConcatenatedString, depth: int) -> Expr:
    at = low.place(node)
    pieces: list[cst.CSTNode] = []
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        pieces.append(rest.left)
        rest = rest.right
    pieces.append(rest)
    texts = [literals.string(piece.value) for piece in pieces if isinstance(piece, cst.SimpleString)]
    known = [text for text in texts if text is not None]
    if len(known) == len(pieces):
        return Literal(at, "".join(known))
    if len(texts) == len(pieces):
        return Opaque(at, "string")
    return FString(at, [expression(low, piece, depth + 1) for piece in pieces])


# --- operators -----------------------------------------------------------------------------------

_BINARY: dict[type[cst.CSTNode], tuple[str, int]] = {
    cst.Add: ("+", 1),
    cst.Subtract: ("-", 1),
    cst.Multiply: ("*", 2),
    cst.Divide: ("/", 2),
    cst.FloorDivide: ("//", 2),
    cst.Modulo: ("%", 2),
    cst.MatrixMultiply: ("@", 2),
    cst.LeftShift: ("<<", 3),
    cst.RightShift: (">>", 3),
    cst.BitAnd: ("&", 4),
    cst.BitXor: ("^", 5),
    cst.BitOr: ("|", 6),
    cst.Power: ("**", 7),
}

_UNARY: dict[type[cst.CSTNode], str] = {cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~", cst.Not: "not"}
_BOOLEAN: dict[type[cst.CSTNode], str] = {cst.And: "and", cst.Or: "or"}
_COMPARE: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
}


def _binary(low: Lowering, node: cst.BinaryOperation, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    operator, group = _BINARY[type(node.operator)]
    operators = [operator]
    rights = [node.right]
    left = node.left
    while type(left) is cst.BinaryOperation:
        operator, other = _BINARY[type(left.operator)]
        if other != group:
            break
        operators.append(operator)
        rights.append(left.right)
        left = left.left
    depth += 1
    operands = [EXPRESSIONS[type(left)](low, left, depth)]
    operands.extend(EXPRESSIONS[type(right)](low, right, depth) for right in reversed(rights))
    operators.reverse()
    return BinaryChain(at, operands, operators)


def _boolean(low: Lowering, node: cst.BooleanOperation, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    kind = type(node.operator)
    rights = [node.right]
    left = node.left
    while type(left) is cst.BooleanOperation and type(left.operator) is kind:
        rights.append(left.right)
        left = left.left
    rights.append(left)
    rights.reverse()
    return BoolChain(at, _BOOLEAN[kind], [EXPRESSIONS[type(item)](low, item, depth + 1) for item in rights])


def _comparison(low: Lowering, node: cst.Comparison, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    depth += 1
    operands = [expression(low, node.left, depth)]
    operators = []
    for comparison in node.comparisons:
        operators.append(_COMPARE[type(comparison.operator)])
        operands.append(expression(low, comparison.comparator, depth))
    return CompareChain(at, operands, operators)


def _unary(low: Lowering, node: cst.UnaryOperation, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    return UnaryOp(low.place(node), _UNARY[type(node.operator)], expression(low, node.expression, depth + 1))


def _if_expression(low: Lowering, node: cst.IfExp, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    depth += 1
    at = low.place(node)
    test = expression(low, node.test, depth)
    return IfExp(at, test, expression(low, node.body, depth), expression(low, node.orelse, depth))


# --- access and calls ----------------------------------------------------------------------------


def _attribute(low: Lowering, node: cst.Attribute, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    nodes = low.nodes
    at = len(nodes)
    nodes.append(node)
    value = node.value
    attr = node.attr.value
    return Attribute(at, EXPRESSIONS[type(value)](low, value, depth + 1), low.names.setdefault(attr, attr))


def _call(low: Lowering, node: cst.Call, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    nodes = low.nodes
    at = len(nodes)
    nodes.append(node)
    func = node.func
    depth += 1
    callee = EXPRESSIONS[type(func)](low, func, depth)
    return Call(at, callee, arguments(low, node.args, depth))


def _subscript(low: Lowering, node: cst.Subscript, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    depth += 1
    value = expression(low, node.value, depth)
    elements = node.slice
    if len(elements) == 1 and type(elements[0].comma) is not cst.Comma and not _is_starred(elements[0]):
        return Subscript(at, value, _index(low, elements[0].slice, depth))
    whole = low.place(node)
    items: list[Expr] = []
    for element in elements:
        if _is_starred(element):
            star = low.place(element)
            items.append(Starred(star, _index(low, element.slice, depth)))
        else:
            items.append(_index(low, element.slice, depth))
    return Subscript(at, value, TupleExpr(whole, items))


def _is_starred(element: cst.SubscriptElement) -> bool:
    return type(element.slice) is cst.Index and bool(element.slice.star)


def _index(low: Lowering, node: cst.BaseSlice, depth: int) -> Expr:
    if isinstance(node, cst.Slice):
        at = low.place(node)
        lower = optional(low, node.lower, depth)
        return Slice(at, lower, optional(low, node.upper, depth), optional(low, node.step, depth))
    assert isinstance(node, cst.Index)
    return expression(low, node.value, depth)


def _await(low: Lowering, node: cst.Await, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    return Await(low.place(node), expression(low, node.expression, depth + 1))


def _yield(low: Lowering, node: cst.Yield, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    low.frame.owner().is_generator = True
    at = low.place(node)
    if isinstance(node.value, cst.From):
        return Yield(at, expression(low, node.value.item, depth + 1), True)
    return Yield(at, optional(low, node.value, depth + 1), False)


def _named(low: Lowering, node: cst.NamedExpr, depth: int) -> Expr:
    if depth > MAX_DEPTH or not isinstance(node.target, cst.Name):
        return too_deep(low, node)
    at = low.place(node)
    name = node.target.value
    name = low.names.setdefault(name, name)
    low.frame.owner().bound[name] = None
    bound = Name(low.place(node.target), name, _LOCAL)
    low.uses.append(bound)
    return NamedExpr(at, bound, expression(low, node.value, depth + 1))


# --- displays and comprehensions -----------------------------------------------------------------


def _display(make: Callable[[int, list[Expr]], Expr]) -> Handler:
    def handler(low: Lowering, node: cst.Tuple | cst.List | cst.Set, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            return too_deep(low, node)
        at = low.place(node)
        depth += 1
        items = []
        for item in node.elements:
            value = item.value if type(item) is cst.Element else item
            items.append(EXPRESSIONS[type(value)](low, value, depth))
        return make(at, items)

    return handler


def _starred(low: Lowering, node: cst.StarredElement, depth: int) -> Expr:
    return Starred(low.place(node), expression(low, node.value, depth))


def _dict(low: Lowering, node: cst.Dict, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    depth += 1
    keys: list[Expr | None] = []
    values = []
    for item in node.elements:
        keys.append(expression(low, item.key, depth) if isinstance(item, cst.DictElement) else None)
        values.append(expression(low, item.value, depth))
    return DictExpr(at, keys, values)


def _comprehension(kind: str) -> Handler:
    def handler(low: Lowering, node: Any, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            return too_deep(low, node)
        at = low.place(node)
        depth += 1
        first = expression(low, node.for_in.iter, depth)
        low.open(FrameKind.COMPREHENSION, low.frame.prefix)
        clauses = _clauses(low, node.for_in, first, depth)
        key = expression(low, node.key, depth) if kind == "dict" else None
        element = expression(low, node.value if kind == "dict" else node.elt, depth)
        low.close()
        return Comprehension(at, kind, key, element, clauses)

    return handler


def _clauses(low: Lowering, clause: cst.CompFor, first: Expr, depth: int) -> list[Clause]:
    result = []
    current: cst.CompFor | None = clause
    while current is not None:
        iterated = first if current is clause else expression(low, current.iter, depth)
        bound = target(low, current.target, depth)
        result.append(Clause(bound, iterated, [expression(low, condition.test, depth) for condition in current.ifs]))
        current = current.inner_for_in
    return result


def _lambda(low: Lowering, node: cst.Lambda, depth: int) -> Expr:
    if depth > MAX_DEPTH:
        return too_deep(low, node)
    at = low.place(node)
    function_at = low.place(node)
    depth += 1
    params = parameters(low, node.params, depth)
    qualname = low.frame.prefix + "<lambda>"
    low.open(FrameKind.FUNCTION, qualname + ".<locals>.")
    for param in params:
        low.bind(param.name)
    body = Return(low.place(node.body), expression(low, node.body, depth))
    frame = low.close()
    function = Function(function_at, "<lambda>", qualname, params, None, [], [body], False, frame.is_generator, list(frame.bound), None)
    return Lambda(at, function)


_TARGET_SEQUENCES: dict[type[cst.CSTNode], Callable[[int, list[Expr]], Expr]] = {cst.Tuple: TupleExpr, cst.List: ListExpr}

_MODELLED: dict[type[cst.CSTNode], Handler] = {
    cst.Name: _name,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.Imaginary: _opaque("complex"),
    cst.Ellipsis: _opaque("ellipsis"),
    cst.SimpleString: _string,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.UnaryOperation: _unary,
    cst.IfExp: _if_expression,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Subscript: _subscript,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.NamedExpr: _named,
    cst.Tuple: _display(TupleExpr),
    cst.List: _display(ListExpr),
    cst.Set: _display(SetExpr),
    cst.StarredElement: _starred,
    cst.Dict: _dict,
    cst.ListComp: _comprehension("list"),
    cst.SetComp: _comprehension("set"),
    cst.DictComp: _comprehension("dict"),
    cst.GeneratorExp: _comprehension("generator"),
    cst.Lambda: _lambda,
}


def _expression_classes() -> list[type[cst.CSTNode]]:
    return [item for item in vars(cst).values() if isinstance(item, type) and issubclass(item, cst.BaseExpression)]


EXPRESSIONS: dict[type[cst.CSTNode], Handler] = dict.fromkeys(_expression_classes(), _opaque("unsupported")) | _MODELLED
