"""NN812: a tensor that a module computes and nobody reads."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.liveness import Store
from lintnn.values.assigned import walk
from lintnn.values.domain import Tensor, constant_of, facts
from lintnn.values.records import OperationCall


class ValueNeverUsed(Check[Report]):
    code = "NN812"
    name = "value-never-used"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a tensor computed in a module and never read, or overwritten before it is read"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Assignments of layer outputs and tensor operations to plain names that no way through the method reads."""
        computed: frozenset[int] | None = None
        for function in model.nodes(ir.Function):
            found = model.liveness(function)
            if found is None or not found.dead:
                continue
            if computed is None:
                computed = _computed(model)
            for store in found.dead:
                if store.statement.value.at in computed and not store.name.startswith("_") and not _has_effect(model, store):
                    yield self._report(model, function, store)

    def _report(self, model: SemanticModel, function: ir.Function, store: Store) -> Report:
        later = _overwritten(function, store)
        notes = () if later is None else (Note(Place(model.path, later), f"`{store.name}` is assigned again here"),)
        fate = "and never read" if later is None else "and overwritten before anything reads it"
        return Report(
            code=self.code,
            place=Place(model.path, store.statement.at),
            message=f"`{store.name}` is computed here {fate}.",
            why="The step it stands for is missing from the result, and layers that only feed this value get no gradient.",
            advice=f"Use `{store.name}` where it belongs, or delete the line.",
            notes=notes,
            symbol=function.qualname,
        )


def _computed(model: SemanticModel) -> frozenset[int]:
    """The expressions of this file that a tensor operation or a module computes."""
    calls = [
        record.site.place
        for record in model.operation_calls()
        if _has_input(record) and any(type(fact) is Tensor for fact in facts(record.result))
    ]
    calls += [record.site.place for record in model.module_calls()]
    return frozenset(place.at for place in calls if place.path == model.path)


def _has_input(record: OperationCall) -> bool:
    """Whether an operation on tensors works on something: a fresh tensor of zeros before a loop is no step of a model."""
    return not record.operation.array and record.operation.gradient != "fresh"


def _has_effect(model: SemanticModel, store: Store) -> bool:
    """Whether the expression does something besides its value: an in-place operation, an output argument, a hook that listens."""
    if model.mentions("register_forward_hook", "register_forward_pre_hook"):
        return True
    for node in walk(store.statement.value):
        if isinstance(node, ir.Call):
            if isinstance(node.func, ir.Attribute) and node.func.attr.endswith("_"):
                return True
            if any(argument.keyword in ("out", "inplace") for argument in node.args):
                return True
    return any(
        record.site.place == Place(model.path, store.statement.value.at)
        and constant_of(model.object(record.module).arguments.get("inplace")) is True
        for record in model.module_calls()
    )


def _overwritten(function: ir.Function, store: Store) -> int | None:
    """Where the name is next assigned, if it is."""
    later = [
        node.at
        for node in walk(function)
        if isinstance(node, ir.Assign) and node.at > store.statement.at and any(_is_name(target, store.name) for target in node.targets)
    ]
    return min(later, default=None)


def _is_name(target: ir.Expr, name: str) -> bool:
    return isinstance(target, ir.Name) and target.id == name
