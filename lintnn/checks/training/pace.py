"""Whether a schedule is written in epochs or in batches, by its class and by what it was given."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.knowledge.schema import Scheduler
from lintnn.model import SemanticModel
from lintnn.model.expressions import argument, call_at, words
from lintnn.values.domain import constant_of
from lintnn.values.happenings import ObjectId

MOST_EPOCHS = 120
"""A period of at most so many steps is one of epochs."""
FAST_DECAY = 0.995
"""A factor up to this one ends at nothing within a few thousand steps."""
FEWEST_BATCHES = 200


def in_epochs(model: SemanticModel, slot: ObjectId) -> str:
    """What shows that a schedule is written in epochs, as text; empty if nothing does."""
    one = model.object(slot)
    row = lookup.scheduler(one.library)
    call = call_at(model, one.place)
    if row is None or call is None:
        return ""
    for name in row.lengths:
        expression = argument(call, name, row.parameters)
        numbers = _numbers(expression)
        if row.unit == "epoch" and numbers and max(numbers) <= MOST_EPOCHS:
            return f"`{name}={_shown(numbers)}`"
        if _counts(model, row, name, expression) == "epoch":
            return f"`{name}` counts epochs"
    gamma = constant_of(one.arguments.get("gamma"))
    if row.lengths == ("gamma",) and isinstance(gamma, float) and 0 < gamma <= FAST_DECAY:
        return f"`gamma={gamma}`"
    return ""


def in_batches(model: SemanticModel, slot: ObjectId) -> str:
    """What shows that a schedule is written in batches, as text; empty if nothing does."""
    one = model.object(slot)
    row = lookup.scheduler(one.library)
    call = call_at(model, one.place)
    if row is None or call is None:
        return ""
    for name in row.lengths:
        expression = argument(call, name, row.parameters)
        if _counts(model, row, name, expression) == "batch":
            return f"`{name}` counts batches"
        numbers = _numbers(expression)
        if row.unit == "batch" and numbers and min(numbers) >= FEWEST_BATCHES:
            return f"`{name}={_shown(numbers)}`"
    if row.default_length and argument(call, row.lengths[0], row.parameters) is None and not any(one.star for one in call.args):
        return f"`{row.lengths[0]}` is {row.default_length} by default"
    return ""


def _counts(model: SemanticModel, row: Scheduler, name: str, expression: ir.Expr | None) -> str:
    """What the names in an expression say that it counts."""
    if expression is None:
        return ""
    found = words(model, expression)
    if "len" in found and _any(found, ("loader", "dataset", "data", "batches", "dl")):
        return "batch"
    if name == "steps_per_epoch" or _any(found, ("step", "iter", "batch", "update")):
        return "batch" if row.unit == "batch" else ""
    return "epoch" if _any(found, ("epoch",)) else ""


def _any(found: Iterable[str], parts: tuple[str, ...]) -> bool:
    return any(part in word for word in found for part in parts)


def _numbers(expression: ir.Expr | None) -> list[int]:
    """The whole numbers that an expression is, or lists."""
    items = expression.items if isinstance(expression, ir.ListExpr | ir.TupleExpr) else [expression]
    numbers = [item.value for item in items if isinstance(item, ir.Literal) and type(item.value) is int]
    return numbers if len(numbers) == len(items) else []


def _shown(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(numbers)
