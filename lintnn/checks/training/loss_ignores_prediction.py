"""NN110: a loss that the model has no part in."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import asdict

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.expressions import argument, call_at
from lintnn.values.domain import Fact, Tensor, Unknown, Value, facts
from lintnn.values.happenings import EventKind, events_of
from lintnn.values.records import LossCall


class LossIgnoresPrediction(Check[Report]):
    code = "NN110"
    name = "loss-ignores-prediction"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a loss of inputs and targets, or of one tensor and itself, which the model's output never reaches"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that are trained on and get the same tensor twice, or data only, next to a model whose output they leave out."""
        told: set[Place] = set()
        for call in model.loss_calls():
            if call.site.grad is False or call.site.place in told or call.loss.target_name not in call.arguments:
                continue
            if _is_same_twice(model, call):
                message = "The loss compares a tensor with itself."
                why = "It says nothing about the target: for most losses it is zero, or as small as can be, from the first batch on."
                notes: tuple[Note, ...] = ()
            elif (used := _ignored_forward(model, call)) is not None:
                message = "The loss is computed from the input; the output of the model never reaches it."
                why = "No gradient leads to the weights: the model does not learn, or `backward()` stops with an error."
                notes = (Note(used, "the model's output is made here, and not used"),)
            else:
                continue
            told.add(call.site.place)
            yield Report(
                code=self.code,
                place=call.places.get(call.loss.prediction, call.site.place),
                message=message,
                why=why,
                advice=f"Give `{call.loss.prediction}=` what the model returned, and `{call.loss.target_name}=` the truth.",
                notes=notes,
                symbol=call.site.symbol,
            )


def _is_same_twice(model: SemanticModel, call: LossCall) -> bool:
    """Whether both operands are spelled alike, without a call in them, and the loss is trained on."""
    node = call_at(model, call.site.place)
    if node is None:
        return False
    first, second = (argument(node, name, call.loss.call) for name in (call.loss.prediction, call.loss.target_name))
    if first is None or second is None or not _is_plain(first) or not _is_alike(first, second):
        return False
    given = [fact for fact in facts(call.arguments[call.loss.prediction]) if type(fact) is Tensor]
    return any(fact.attached is not False and bool(fact.sources) for fact in given) and _is_trained_on(model, call)


def _is_plain(node: ir.Expr) -> bool:
    if isinstance(node, ir.Subscript):
        return _is_plain(node.value) and isinstance(node.index, ir.Literal | ir.Name)
    return isinstance(node, ir.Name) or (isinstance(node, ir.Attribute) and _is_plain(node.value))


def _is_alike(first: object, second: object) -> bool:
    """Whether two expressions say the same, wherever they stand."""
    if not isinstance(first, ir.Node) or not isinstance(second, ir.Node):
        return first == second
    if type(first) is not type(second):
        return False
    one, other = asdict(first), asdict(second)
    return all(_is_alike(value, other[name]) for name, value in one.items() if name != "at")


def _is_trained_on(model: SemanticModel, call: LossCall) -> bool:
    origin = model.origin(call.site.place)
    return any(type(fact) is Tensor and origin in fact.lineage for one in model.backward_calls() for fact in facts(one.value))


def _ignored_forward(model: SemanticModel, call: LossCall) -> Place | None:
    """The call of the model whose input is given to the loss in place of its output, while backward goes through the loss."""
    prediction, target = call.arguments[call.loss.prediction], call.arguments[call.loss.target_name]
    if not model.every(prediction, _is_data) or not model.every(target, _is_data) or not _is_all_that_counts(model, call):
        return None
    for one in model.module_calls():
        same = one.site.symbol == call.site.symbol and one.site.loops == call.site.loops and not one.inner
        if same and one.site.place.at < call.site.place.at and one.site.grad is not False and _is_among(prediction, one.arguments):
            return one.site.place
    if not call.site.loops or not all(type(fact) is Unknown and fact.element_of for fact in facts(prediction)):
        return None
    return _forward_in_loop(model, call)


def _is_all_that_counts(model: SemanticModel, call: LossCall) -> bool:
    """Whether a backward starts from this loss, and no module has a part in it."""
    origin = model.origin(call.site.place)
    return any(
        type(fact) is Tensor and fact.lineage[-1:] == (origin,) and not fact.sources
        for one in model.backward_calls()
        if one.site.symbol == call.site.symbol and one.site.loops == call.site.loops
        for fact in facts(one.value)
    )


def _is_among(value: Value, arguments: tuple[Value, ...]) -> bool:
    return type(value) in (Unknown, Tensor) and any(value == one for one in arguments)


def _forward_in_loop(model: SemanticModel, call: LossCall) -> Place | None:
    """A forward pass in the innermost loop around the loss, before it and in the same file."""
    for trace in model.traces():
        for event in events_of(trace.tree):
            near = event.at.path == call.site.place.path and call.site.loops[-1] < event.at.at < call.site.place.at
            if event.kind is EventKind.FORWARD and event.grad is not False and near:
                return event.at
    return None


def _is_data(fact: Fact) -> bool:
    if type(fact) is Tensor:
        return not fact.sources and fact.attached is not True and fact.role in ("data", "argument") and fact.after in ("data", "unknown")
    return type(fact) is Unknown and (bool(fact.element_of) or fact.cause in ("data", "parameter"))
