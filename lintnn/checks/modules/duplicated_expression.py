"""NN811: two names get the same expression, where one of them is meant to get a sibling of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.siblings import parts, replaced, replacement
from lintnn.values.assigned import assigned_in, mentioned_in, walk

WINDOW = 8
"""How many assignments of a block the two may be apart."""
MIN_PARTS = 3
"""Expressions of fewer parts (a name, a constant, an attribute) are copied on purpose."""

DRAWING = ("rand", "sample", "choice", "next", "pop", "read", "recv", "input", "draw", "noise")
"""Parts of names of functions that give another thing each time."""


class Twin(Struct, frozen=True, gc=False):
    """Two assignments, the name that both use, and the one that the second should use (empty if it cannot be told)."""

    first: ir.Assign
    second: ir.Assign
    used: str
    meant: str


class DuplicatedExpression(Check[Report]):
    code = "NN811"
    name = "duplicated-expression"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "two sibling names get the same expression, although the sibling of what it uses exists"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Pairs of assignments close to each other: siblings with equal or half-replaced values, and a layer applied twice to one input."""
        layers = _deterministic_calls(model)
        for function in model.nodes(ir.Function):
            for block in _blocks(function.body):
                for twin in _twins(model, function, block, layers):
                    yield self._report(model, function, twin)

    def _report(self, model: SemanticModel, function: ir.Function, twin: Twin) -> Report:
        first, second = _text(twin.first.targets[0]), _text(twin.second.targets[0])
        if twin.meant:
            why = f"`{twin.meant}` exists and is not used here: of two parallel paths one is computed twice and the other never."
            advice = f"Use `{twin.meant}`; if both names are to share one value, write `{second} = {first}`."
        else:
            why = "The same layer on the same input gives the same numbers, so one of the two names does not hold what it says."
            advice = (
                f"Use the layer or the input that `{second}` is meant to have; if they are to share one value, write `{second} = {first}`."
            )
        return Report(
            code=self.code,
            place=Place(model.path, twin.second.at),
            message=f"`{second}` is computed from `{twin.used}`, exactly as `{first}` is.",
            why=why,
            advice=advice,
            notes=(Note(Place(model.path, twin.first.at), f"`{first}` is computed here"),),
            symbol=function.qualname,
        )


def _blocks(body: list[ir.Stmt]) -> Iterator[list[ir.Assign]]:
    """The assignments to one target of every block of statements, in order; nested functions are asked by themselves."""
    pending = [body]
    while pending:
        statements = pending.pop()
        block = [node for node in statements if isinstance(node, ir.Assign) and len(node.targets) == 1]
        if len(block) > 1:
            yield block
        for node in statements:
            pending.extend(_inner(node))


def _inner(node: ir.Stmt) -> list[list[ir.Stmt]]:
    match node:
        case ir.If():
            return [*(arm.body for arm in node.arms), node.orelse]
        case ir.For() | ir.While():
            return [node.body, node.orelse]
        case ir.With():
            return [node.body]
        case ir.Try():
            return [node.body, node.orelse, node.final, *(handler.body for handler in node.handlers)]
    return []


def _twins(model: SemanticModel, function: ir.Function, block: list[ir.Assign], layers: dict[int, str]) -> Iterator[Twin]:
    for index, second in enumerate(block):
        for first in reversed(block[max(0, index - WINDOW) : index]):
            if type(first.value) is not type(second.value) or type(first.targets[0]) is not type(second.targets[0]):
                continue
            between = block[block.index(first) : index]
            twin = _twin(model, function, first, second, layers)
            if twin is not None and not _reads_what_is_assigned(second, between):
                yield twin
                break


def _twin(model: SemanticModel, function: ir.Function, first: ir.Assign, second: ir.Assign, layers: dict[int, str]) -> Twin | None:
    pair = _differ(first.targets[0], second.targets[0])
    if pair is None and second.value.at not in layers:
        return None
    own, other = parts(first.value), parts(second.value)
    if _draws(first.value) or len(own) < MIN_PARTS or len(own) != len(other) or _text(first.targets[0]) == _text(second.targets[0]):
        return None
    if own == other:
        used, meant = _meant(model, function, first.value, pair) if pair is not None else ("", "")
        if meant:
            return Twin(first, second, used, meant)
        return Twin(first, second, layers[second.value.at], "") if second.value.at in layers else None
    return None if pair is None else _half_replaced(model, function, first, second, pair)


def _half_replaced(model: SemanticModel, function: ir.Function, first: ir.Assign, second: ir.Assign, pair: tuple[str, str]) -> Twin | None:
    """A copy in which one name was replaced and another forgotten, whose sibling nothing else uses."""
    forgotten: set[tuple[str, str]] = set()
    changed = 0
    for (kind, before), (other_kind, after) in zip(parts(first.value), parts(second.value), strict=True):
        if kind != other_kind:
            return None
        if not isinstance(before, str) or not isinstance(after, str):
            if before != after:
                return None
            continue
        expected = replaced(before, pair)
        if after == expected:
            changed += before != expected
        elif after == before:
            forgotten.add((before, expected))
        else:
            return None
    if not changed or len(forgotten) != 1:
        return None
    used, meant = forgotten.pop()
    counts = [node.id if isinstance(node, ir.Name) else node.attr for node in walk(function) if isinstance(node, (ir.Name, ir.Attribute))]
    if meant in function.locals and counts.count(meant) <= 1:
        return Twin(first, second, used, meant)
    return None


def _reads_what_is_assigned(second: ir.Assign, between: list[ir.Assign]) -> bool:
    """Whether the value differs after all: the statements from the first on assign what the expression reads."""
    assigned = assigned_in(list(between))
    read = mentioned_in(second.value)
    return bool(read & assigned.names) or any(f".{name}" in read for name in assigned.attributes)


def _text(target: ir.Expr) -> str:
    if isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name):
        return f"{target.value.id}.{target.attr}"
    return target.id if isinstance(target, ir.Name) else "…"


def _differ(left: ir.Expr, right: ir.Expr) -> tuple[str, str] | None:
    if isinstance(left, ir.Name) and isinstance(right, ir.Name):
        return replacement(left.id, right.id)
    if isinstance(left, ir.Attribute) and isinstance(right, ir.Attribute) and parts(left.value) == parts(right.value):
        return replacement(left.attr, right.attr)
    return None


def _draws(value: ir.Expr) -> bool:
    """Whether evaluating the expression twice gives two things on purpose: random numbers, items of an iterator."""
    names = (node.id if isinstance(node, ir.Name) else node.attr for node in walk(value) if isinstance(node, (ir.Name, ir.Attribute)))
    return any(part in name.lower() for name in names for part in DRAWING)


def _is_class(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


def _meant(model: SemanticModel, function: ir.Function, value: ir.Expr, pair: tuple[str, str]) -> tuple[str, str]:
    """A name in the repeated expression that follows the first target, and its sibling that follows the second, if it exists."""
    for node in walk(value):
        name = node.id if isinstance(node, ir.Name) else node.attr if isinstance(node, ir.Attribute) else ""
        sibling = replaced(name, pair) if name else name
        if (
            sibling != name
            and not _is_class(name)
            and (sibling in function.locals if isinstance(node, ir.Name) else model.mentions(sibling))
        ):
            return name, sibling
    return "", ""


def _deterministic_calls(model: SemanticModel) -> dict[int, str]:
    """Calls of layers with weights and without a mode: equal inputs give equal outputs."""
    found: dict[int, str] = {}
    for record in model.module_calls():
        layer = model.object(record.module).layer
        if record.site.place.path == model.path and layer is not None and layer.has_parameters and layer.mode == "never":
            found[record.site.place.at] = layer.names[0].rpartition(".")[2]
    return found
