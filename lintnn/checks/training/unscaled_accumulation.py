"""NN106: gradients of several batches are added up and not averaged."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.training.accumulation import Accumulating, accumulating
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.nests import statements
from lintnn.values.assigned import walk
from lintnn.values.domain import Tensor, Value, constant_of, facts
from lintnn.values.happenings import EventKind, ObjectId, events_of
from lintnn.values.records import BackwardCall, LossCall

SCALING = frozenset({"/", "*", "//"})
SCALERS = frozenset({"div", "div_", "mul", "mul_", "divide", "grad", "true_divide"})


class UnscaledAccumulation(Check[Report]):
    code = "NN106"
    name = "unscaled-accumulation"
    family = Family.TRAINING
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "mean losses of several batches are accumulated without dividing by their number"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Accumulating loops in which a mean loss goes into backward as it is."""
        for one in accumulating(model):
            if isinstance(one.number, ir.Literal) and one.number.value == 1:
                continue
            if _is_scaled(one) or _is_scale_free(model, one):
                continue
            inside = {part.at for statement in one.loop.body for part in walk(statement) if isinstance(part, ir.Call)}
            branch = {part.at for part in walk(one.branch) if isinstance(part, ir.Call)}
            for call in model.backward_calls():
                place = call.site.place
                if place.path == model.path and place.at in inside - branch and (loss := _mean_loss(model, call)) is not None:
                    yield Report(
                        code=self.code,
                        place=place,
                        message="The mean losses of several batches are added up, and nothing divides by their number.",
                        why="The gradient is as many times too large as batches are accumulated: it acts like a larger learning rate.",
                        advice="Divide the loss by the number of accumulated batches before `backward()`.",
                        notes=(
                            Note(loss.site.place, "a mean over the batch"),
                            Note(Place(model.path, one.step), "the step, once in every few batches"),
                        ),
                        symbol=one.symbol,
                    )
                    break


def _is_scaled(one: Accumulating) -> bool:
    """Whether anything in the loop multiplies, divides or touches gradients by hand, or uses the number of batches again."""
    number = {part.id if isinstance(part, ir.Name) else part.attr for part in walk(one.number) if isinstance(part, ir.Name | ir.Attribute)}
    test = {id(part) for part in walk(one.branch.arms[0].test)}
    for statement in statements(one.loop.body):
        if isinstance(statement, ir.AugAssign) and statement.operator in SCALING:
            return True
        if isinstance(statement, ir.Assign) and any(
            isinstance(part, ir.BinaryChain) and SCALING & set(part.operators) for part in walk(statement.value)
        ):
            return True
    for statement in one.loop.body:
        for part in walk(statement):
            if id(part) in test:
                continue
            if isinstance(part, ir.Attribute) and (part.attr in SCALERS or part.attr in number - {"args", "self", "config", "cfg", "opt"}):
                return True
            if isinstance(part, ir.Name) and part.id in number - {"args", "self", "config", "cfg", "opt"}:
                return True
            if isinstance(part, ir.Call) and isinstance(part.func, ir.Attribute) and part.func.attr == "backward":
                if any(isinstance(inner, ir.BinaryChain) and SCALING & set(inner.operators) for inner in walk(part)):
                    return True
    return False


def _is_scale_free(model: SemanticModel, one: Accumulating) -> bool:
    """Whether the optimizer divides by the size of the gradient, so that a factor changes nothing."""
    stepped = {
        subject.object
        for trace in model.traces()
        for event in events_of(trace.tree)
        if event.kind is EventKind.STEP and event.at == Place(model.path, one.step)
        for subject in event.subjects
    }
    return any(_normalises(model, optimizer) for optimizer in stepped)


def _normalises(model: SemanticModel, one: ObjectId) -> bool:
    row = lookup.optimizer(model.object(one).library)
    return row is not None and row.scale_free


def _mean_loss(model: SemanticModel, call: BackwardCall) -> LossCall | None:
    """The call of a loss that averages over the batch whose result goes straight into backward."""
    for fact in facts(call.value):
        if type(fact) is not Tensor or not fact.lineage:
            continue
        for loss in model.loss_calls():
            if model.origin(loss.site.place) == fact.lineage[-1] and _is_mean(loss.options.get("reduction")):
                return loss
    return None


def _is_mean(reduction: Value | None) -> bool:
    return reduction is None or constant_of(reduction) == "mean"
