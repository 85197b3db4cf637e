"""NN922: weights that are kept for later without a copy change with the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from lintnn.checks.base import Check, Family, Needs
from lintnn.events import LoopRole
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.syntax import (
    Line,
    Loop,
    Routine,
    apart,
    assigned_value,
    dotted,
    is_inside,
    last_ordinal,
    method_call,
    own,
    targets,
    walk,
)

SHALLOW = frozenset({"copy.copy", "builtins.dict", "collections.OrderedDict", "dict"})
"""Calls that make a new dictionary with the same tensors in it."""
SAME_TENSOR = frozenset({"detach", "data"})
KEPT_BY = frozenset({"load_state_dict", "save"})
TRAINING = ("train", "fit")
NO_WEIGHTS = ("opt", "sched", "scaler", "sampler")


class Kept(Struct, frozen=True, gc=False):
    """``target = source.state_dict()``: ``key`` is the entry if the target is one of a dictionary or a dictionary of several things."""

    line: Line
    target: str
    source: str
    key: str


class BestWeightsAlias(Check[Report]):
    code = "NN922"
    name = "best-weights-alias"
    family = Family.DATA
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "`best = model.state_dict()` kept without a copy while the model goes on training"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Kept states that are used again after the model has been trained further."""
        if not model.mentions("state_dict"):
            return
        for routine in model.routines():
            told: set[str] = set()
            for kept in sorted(_kept(model, routine), key=lambda kept: (-len(kept.line.loops), kept.line.at)):
                use = None if kept.target in told else _later_use(model, routine, kept)
                if use is not None:
                    told.add(kept.target)
                    yield self._report(model, routine, kept, use)

    def _report(self, model: SemanticModel, routine: Routine, kept: Kept, use: int) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, kept.line.at),
            message=f"`{kept.target}` is no copy: it shares its tensors with `{kept.source}`, which goes on training.",
            why="Every later step changes the kept weights too, so what is restored at the end are the last weights, not these.",
            advice=f"Keep a copy: `copy.deepcopy({kept.source}.state_dict())`.",
            notes=(Note(Place(model.path, use), f"`{kept.target}` is used here"),),
            symbol=routine.name,
        )


# --- what is kept ---------------------------------------------------------------------------------------


def _kept(model: SemanticModel, routine: Routine) -> Iterator[Kept]:
    for line in routine.lines:
        value = assigned_value(line.statement)
        if value is None:
            continue
        source, key = _aliased(model, value)
        if not source or any(word in source.rpartition(".")[2].lower() for word in NO_WEIGHTS):
            continue
        for target in targets(line.statement):
            if isinstance(target, ir.Subscript) and isinstance(target.index, ir.Literal) and not key:
                text, entry = dotted(target.value), str(target.index.value)
            else:
                text, entry = dotted(target), key
            if text:
                yield Kept(line, text, source, entry)


def _aliased(model: SemanticModel, value: ir.Expr) -> tuple[str, str]:
    """The model whose tensors an expression holds, and the key under which, if it is a dictionary of several things."""
    called = method_call(value)
    if called is not None and called[1] == "state_dict":
        return dotted(called[0]), ""
    if called is not None and called[1] == "copy" and isinstance(value, ir.Call) and not value.args:
        return _aliased(model, called[0])
    if isinstance(value, ir.Call) and len(value.args) == 1 and not value.args[0].star:
        name = model.library_name(value.func) or dotted(value.func)
        return _aliased(model, value.args[0].value) if name in SHALLOW and value.args[0].keyword is None else ("", "")
    if isinstance(value, ir.Comprehension) and value.kind == "dict" and len(value.clauses) == 1 and not value.clauses[0].conditions:
        items = method_call(value.clauses[0].iter)
        inner: ir.Expr = value.element
        while (called := method_call(inner)) is not None and called[1] in SAME_TENSOR:
            inner = called[0]
        while isinstance(inner, ir.Attribute) and inner.attr in SAME_TENSOR:
            inner = inner.value
        return _aliased(model, items[0]) if items is not None and items[1] == "items" and isinstance(inner, ir.Name) else ("", "")
    if isinstance(value, ir.DictExpr):
        for key, inner in zip(value.keys, value.values, strict=True):
            source, deeper = _aliased(model, inner)
            if source and not deeper and isinstance(key, ir.Literal) and not any(word in source.lower() for word in NO_WEIGHTS):
                return source, str(key.value)
    return "", ""


# --- what becomes of it ----------------------------------------------------------------------------------


def _later_use(model: SemanticModel, routine: Routine, kept: Kept) -> int | None:
    if _is_replaced(routine, kept) or _is_changed(routine, kept):
        return None
    for loop in reversed(kept.line.loops):
        if _rebinds(loop, kept.source):
            return None
        if _is_selected(kept.line, loop, routine) and _trains(model, loop, kept.source):
            end = last_ordinal(loop)
            for line in routine.lines:
                if line.at > end or (is_inside(line, loop) and apart(line, kept.line)):
                    use = _use(line, kept, line.at > end)
                    if use is not None:
                        return use
    if "." in kept.target:
        return _use_in_class(model, routine, kept)
    return _restored_after_training(model, routine, kept)


def _is_selected(line: Line, loop: Loop, routine: Routine) -> bool:
    """Whether the statement runs in some iterations only, chosen by a comparison of results, and the loop goes on after it."""
    inside = [pair for pair in line.branches if pair[0] > loop.at]
    if not inside or any("%" in node.operators for test in line.tests for node in walk(test) if isinstance(node, ir.BinaryChain)):
        return False
    block = [other for other in routine.lines if other.branches == line.branches and other.loops == line.loops and other.at > line.at]
    return not any(isinstance(other.statement, (ir.Break, ir.Return, ir.Raise)) for other in block)


def _trains(model: SemanticModel, loop: Loop, source: str) -> bool:
    """Whether a loop surely trains: by its events, by what it calls, or by a function of a telling name that gets the model."""
    for trace in model.traces():
        if any(one.at == Place(model.path, loop.at) and one.role is LoopRole.TRAINING for one in model.loops(trace)):
            return True
    for node in walk(loop):
        if not isinstance(node, ir.Call):
            continue
        name = node.func.attr if isinstance(node.func, ir.Attribute) else dotted(node.func)
        if name == "backward" and isinstance(node.func, ir.Attribute):
            return True
        plain = name.lower().strip("_")
        if any(plain == word or plain.startswith(f"{word}_") for word in TRAINING):
            receiver = dotted(node.func.value) if isinstance(node.func, ir.Attribute) else ""
            given = [dotted(one.value) for one in node.args]
            if source in given or (receiver == "self" and source.startswith("self.")):
                return True
    return False


def _rebinds(loop: Loop, source: str) -> bool:
    """Whether the model is made anew in every iteration."""
    base = source.partition(".")[0]
    return any(
        dotted(target) in (source, base)
        for node in walk(loop)
        if isinstance(node, (ir.Assign, ir.AnnAssign, ir.For, ir.With))
        for target in targets(node)
    )


def _mentions(node: object, kept: Kept) -> bool:
    """Whether a node is the kept thing, and not some other entry of the dictionary that it stands in."""
    return isinstance(node, (ir.Name, ir.Attribute)) and dotted(node) == kept.target


def _use(line: Line, kept: Kept, anywhere: bool) -> int | None:
    """Where a statement uses the kept weights: loads, saves or returns them."""
    for node in own(line.statement):
        if isinstance(node, ir.Call) and isinstance(node.func, ir.Attribute):
            name = node.func.attr
            if (name == "load_state_dict" or (anywhere and name == "save")) and any(_holds(one.value, kept) for one in node.args):
                return node.at
    if anywhere and isinstance(line.statement, ir.Return) and line.statement.value is not None and _holds(line.statement.value, kept):
        return line.at
    return None


def _holds(expression: ir.Expr, kept: Kept) -> bool:
    """Whether an expression is the kept weights, or a tuple or dictionary of them and others."""
    if isinstance(expression, ir.Subscript):
        key = expression.index.value if isinstance(expression.index, ir.Literal) else None
        return _mentions(expression.value, kept) and (not kept.key or key == kept.key)
    if isinstance(expression, ir.TupleExpr):
        return any(_holds(item, kept) for item in expression.items)
    if isinstance(expression, ir.DictExpr):
        return any(_holds(item, kept) for item in expression.values)
    return _mentions(expression, kept)


def _is_replaced(routine: Routine, kept: Kept) -> bool:
    """Whether the block that keeps the weights puts a copy in their place."""
    return any(
        line.at > kept.line.at
        and line.branches == kept.line.branches
        and any(dotted(target) == kept.target for target in targets(line.statement))
        for line in routine.lines
    )


def _is_changed(routine: Routine, kept: Kept) -> bool:
    """Whether entries of the kept dictionary are set, or it is given to something that may do so."""
    if kept.key:
        return False
    for line in routine.lines:
        if any(isinstance(target, ir.Subscript) and _mentions(target.value, kept) for target in targets(line.statement)):
            return True
        for node in own(line.statement):
            if not isinstance(node, ir.Call):
                continue
            called = method_call(node)
            if called is not None and _mentions(called[0], kept):
                return True
            name = called[1] if called is not None else dotted(node.func)
            if name not in KEPT_BY and any(_mentions(inner, kept) for one in node.args for inner in walk(one.value)):
                return True
    return False


def _restored_after_training(model: SemanticModel, routine: Routine, kept: Kept) -> int | None:
    """A state that is loaded back into the very model it was taken from, after or within a loop that trains it."""
    if kept.key:
        return None
    loops = {id(loop): loop for line in routine.lines for loop in line.loops if loop.at > kept.line.at and not is_inside(kept.line, loop)}
    for line in routine.lines:
        if line.at < kept.line.at or apart(line, kept.line):
            continue
        for node in own(line.statement):
            called = method_call(node)
            if called is None or called[1] != "load_state_dict" or dotted(called[0]) != kept.source or not isinstance(node, ir.Call):
                continue
            if any(_mentions(one.value, kept) for one in node.args) and any(
                loop.at < line.at and not _rebinds(loop, kept.source) and _trains(model, loop, kept.source) for loop in loops.values()
            ):
                return node.at
    return None


def _use_in_class(model: SemanticModel, routine: Routine, kept: Kept) -> int | None:
    """Weights kept in an attribute in one method, and loaded in another one."""
    attribute = kept.target.rpartition(".")[2]
    if routine.owner is None or not kept.target.startswith("self."):
        return None
    chosen = bool(kept.line.branches) and "best" in attribute.lower()
    for other in model.routines():
        if other.owner is not routine.owner or other is routine:
            continue
        if _is_changed(other, kept):
            return None
        for line in other.lines:
            for node in own(line.statement):
                called = method_call(node)
                if called is None or called[1] != "load_state_dict" or not isinstance(node, ir.Call):
                    continue
                if any(_holds(one.value, kept) for one in node.args) and (chosen or dotted(called[0]) == kept.source):
                    return node.at
    return None
