"""What a canonical operation makes of the range of a tensor: look-ups in the tables of ``knowledge/ranges.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from lintnn.knowledge import ranges
from lintnn.knowledge.schema import Operation
from lintnn.values.domain import NONE, Constant, Fact, Tensor, Tuple, Value, constant_of, facts

SECOND = {"where": ("input", "other"), "where_method": ("input", "other"), "linear": ("input", "weight")}
"""The two operands of an operation that does not have them first and second."""
WHOLE = frozenset({"sum", "nansum", "mean", "nanmean"})
"""Reductions that take all axes where none is named."""
REDUCING = frozenset({"max", "min"})
"""Reductions along ``dim`` that take the greater of two tensors if their second argument is a tensor."""
SCORES = frozenset({"raw", "parameter"})
SQUARED = "**2)"
COMPARISONS = re.compile("[<>=]")


def operand(tensor: Tensor) -> str:
    """The range of an operand: its own, else that of a network's output where it is one."""
    if tensor.range:
        return tensor.range
    return "score" if tensor.after in SCORES or tensor.sources else ""


def of_comparison(operands: Iterable[Fact]) -> str:
    """The range of what a comparison gives. A mask of lengths is empty for a length of 0 only."""
    return "" if any(type(fact) is Tensor and fact.range == "index" for fact in operands) else "mask"


def of_symbol(symbol: str) -> str:
    """The range that the name of an unknown value shows: arithmetic and comparisons whose operands are all unknown are names only."""
    if symbol.startswith("("):
        if not symbol.endswith(SQUARED):
            return ""
        return "zero" if _is_difference(symbol[1 : -len(SQUARED)]) else "magnitude"
    return "mask" if COMPARISONS.search(symbol) and _is_comparison(symbol) else ""


def _is_comparison(symbol: str) -> bool:
    depth = 0
    for character in symbol:
        depth += (character in "([") - (character in ")]")
        if character in "<>=" and depth == 0:
            return True
    return False


def _is_difference(symbol: str) -> bool:
    depth = 0
    for character in symbol:
        depth += (character == "(") - (character == ")")
        if character == "-" and depth == 1:
            return symbol.startswith("(")
    return False


def of_result(operation: Operation, first: Tensor, arguments: Mapping[str, Value]) -> str:
    """The range of a result; empty if nothing is known."""
    if operation.array:
        return ""
    name = operation.name
    special = _SPECIAL.get(name)
    if special is not None:
        return special(first, arguments)
    table = ranges.BINARY.get(name)
    if table is not None and (name not in REDUCING or type(arguments.get("dim")) is Tensor):
        pair = SECOND.get(name, operation.parameters[:2])
        left, right = (_range_of(arguments.get(one)) for one in pair)
        if left is not None and right is not None:
            return table.get((left, right), "")
    single = ranges.UNARY.get(name)
    if single is not None:
        if name in WHOLE and arguments.get("dim", NONE) == NONE:
            single = ranges.SUMMED_UP
        return _selected(first, arguments) if name == "getitem" else single.get(operand(first), "")
    return first.range if operation.flow == "keep" and operation.gradient != "fresh" else ""


def _range_of(value: Value | None) -> str | None:
    """The range of an operand; None where it is neither a tensor nor a number."""
    if type(value) is Tensor:
        return operand(value)
    number = constant_of(value)
    return _of_number(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def _of_number(number: float) -> str:
    return "positive" if number > 0 else ""


def _selected(first: Tensor, arguments: Mapping[str, Value]) -> str:
    """Of ``x[mask]`` only that nothing is below 0: the mask may be there to leave zeros out."""
    index = arguments.get("indices")
    parts = index.items if type(index) is Tuple else (index,)
    if all(type(fact) is not Tensor or fact.dtype not in (None, "bool") for part in parts if part is not None for fact in facts(part)):
        return ranges.SELECTED.get(first.range, "")
    return "nonnegative" if first.range in ranges.AT_LEAST_0 else ""


def _add(first: Tensor, arguments: Mapping[str, Value]) -> str:
    other = _range_of(arguments.get("other"))
    return ranges.SUMS.get((operand(first), other), "") if other is not None and "alpha" not in arguments else ""


def _sub(first: Tensor, arguments: Mapping[str, Value]) -> str:
    return "difference" if type(arguments.get("other")) is Tensor else ""


def _rsub(first: Tensor, arguments: Mapping[str, Value]) -> str:
    other = arguments.get("other")
    if type(other) is Tensor:
        return "difference"
    return ranges.COMPLEMENTS.get(first.range, "") if constant_of(other) == 1 else ""


def _mul(first: Tensor, arguments: Mapping[str, Value]) -> str:
    return _times(first, arguments, ranges.PRODUCTS)


def _div(first: Tensor, arguments: Mapping[str, Value]) -> str:
    return _times(first, arguments, ranges.QUOTIENTS) if arguments.get("rounding_mode", NONE) == NONE else ""


def _times(first: Tensor, arguments: Mapping[str, Value], table: Mapping[tuple[str, str], str]) -> str:
    other = arguments.get("other")
    if type(other) is Constant:
        return first.range if other.value == 1 else (ranges.SCALED.get(first.range, "") if _range_of(other) else "")
    if type(other) is not Tensor:
        return ""
    if table is ranges.PRODUCTS and other is first:
        return ranges.SIZES.get(operand(first), "")
    return table.get((operand(first), operand(other)), "")


def _pow(first: Tensor, arguments: Mapping[str, Value]) -> str:
    exponent = constant_of(arguments.get("exponent"))
    if not isinstance(exponent, (int, float)) or isinstance(exponent, bool):
        return "nonnegative" if first.range in ranges.AT_LEAST_0 and "exponent" in arguments else ""
    if exponent > 0 and exponent % 2 == 0:
        return ranges.SIZES.get(operand(first), "")
    if exponent > 0:
        return first.range if first.range in ranges.AT_LEAST_0 else ("nonnegative" if exponent % 1 else "")
    return "nonnegative" if first.range in ranges.AT_LEAST_0 else ""


def _clamp(first: Tensor, arguments: Mapping[str, Value]) -> str:
    least, greatest = constant_of(arguments.get("min", NONE)), constant_of(arguments.get("max", NONE))
    if isinstance(least, (int, float)):
        if least > 0:
            return "positive"
        if first.range in ranges.AT_LEAST_0:
            return first.range
        return "zero" if least == 0 else ""
    if least is None and isinstance(greatest, (int, float)) and greatest > 0 and first.range in ranges.AT_LEAST_0:
        return first.range
    return "nonnegative" if first.range in ranges.AT_LEAST_0 and least is None else ""


def _indices(first: Tensor, arguments: Mapping[str, Value]) -> str:
    return "index"


def _ones(first: Tensor, arguments: Mapping[str, Value]) -> str:
    return "positive"


_SPECIAL: Mapping[str, Callable[[Tensor, Mapping[str, Value]], str]] = {
    "add": _add, "sub": _sub, "rsub": _rsub, "mul": _mul, "div": _div, "pow": _pow, "clamp": _clamp, "clamp_min": _clamp,
    "clamp_max": _clamp, "ones": _ones, "ones_like": _ones, "arange": _indices,
}  # fmt: skip
