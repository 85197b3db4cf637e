"""What the rules about reachable zeros share: how a range is worded, and what shows that the program knows of the zeros."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from lintnn.findings import Confidence
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, Value, facts
from lintnn.values.records import OperationCall, Site

WORDS = {
    "zero": "can be exactly 0",
    "magnitude": "is 0 where its input is 0",
    "mask": "is 0 where the mask is false",
    "count": "counts what a mask selects, and is 0 if that is nothing",
    "spread": "is a standard deviation or variance, which is 0 for equal values",
    "fraction": "is 0 where its input reaches 1",
    "probability": "is a probability, which rounds to 0",
}
"""What is said of a tensor of a range."""
SCREENS = ("nan_to_num", "isnan", "isinf", "isfinite", "isneginf", "isposinf")
"""Operations that look for numbers which are not finite."""
REPLACEMENTS = {"where": "condition", "where_method": "condition", "masked_fill": "mask", "masked_scatter": "mask", "index_put": "indices"}
"""Operations that put other numbers where a mask says so, and the name of the mask."""


def reaching(model: SemanticModel, value: Value | None, call: OperationCall, ranges: Collection[str]) -> tuple[Tensor, Confidence] | None:
    """The tensor that certainly has one of these ranges, where nothing on the way or afterwards is about its zeros."""
    found = model.tensor_where(value, call.site, partial(_lies_in, ranges=ranges))
    if found is None or model.is_tested(found[0], call.site) or is_mended(model, call, found[0]):
        return None
    return found


def _lies_in(tensor: Tensor, ranges: Collection[str]) -> bool:
    return tensor.range in ranges


def is_mended(model: SemanticModel, call: OperationCall, tensor: Tensor) -> bool:
    """Whether the program looks at the result for numbers that are not finite, or replaces some of it by a mask about the argument."""
    made = frozenset({model.origin(call.site.place)})
    if any(_is_about(screen.subject, made) for screen in model.operation_calls(*SCREENS)):
        return True
    return any(_replaces(change, made, frozenset(tensor.lineage)) for change in model.operation_calls(*REPLACEMENTS))


def _replaces(change: OperationCall, made: frozenset[int], argument: frozenset[int]) -> bool:
    """Whether an operation replaces numbers of a result, by a mask about that result or about what it was made of."""
    name = REPLACEMENTS[change.operation.name]
    mask = change.arguments.get(name)
    others = [value for key, value in change.arguments.items() if key != name]
    return _is_about(mask, made) or (any(_is_about(other, made) for other in others) and _is_about(mask, argument))


def _is_about(value: Value | None, expressions: frozenset[int]) -> bool:
    return value is not None and any(not expressions.isdisjoint(fact.lineage) for fact in facts(value) if type(fact) is Tensor)


def may_carry_gradient(tensor: Tensor, site: Site) -> bool:
    """Whether a gradient may flow back through the tensor."""
    return tensor.attached is not False and not tensor.array and site.grad is not False
