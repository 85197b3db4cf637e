"""NN115: the loss goes up."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, constant_of, facts
from lintnn.values.happenings import EventKind, Trace, events_of
from lintnn.values.records import BackwardCall, LossCall

SUPERVISED = frozenset(
    {
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "ctc_loss",
    }
)
"""Losses that are small where the prediction is right."""
ON_PURPOSE = ("adv", "attack", "fgsm", "pgd", "ascent", "maxim", "unlearn", "forget", "revers", "perturb", "domain", "confus")


class FlippedLossSign(Check[Report]):
    code = "NN115"
    name = "flipped-loss-sign"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a loss that should become small is negated before backward"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Backward calls on a negated loss, in loops with one optimizer and no other loss."""
        losses = list(model.loss_calls())
        if not losses or not model.mentions("backward"):
            return
        negations = {model.origin(Place(model.path, node.at)): node for node in model.nodes(ir.UnaryOp) if node.operator == "-"}
        told: set[Place] = set()
        for call in model.backward_calls():
            found = _negated(model, call, losses, negations)
            if found is None or call.site.place in told or not _is_plain_training(model, call, losses):
                continue
            loss, negation = found
            told.add(call.site.place)
            yield Report(
                code=self.code,
                place=Place(model.path, negation.at),
                message=f"`{loss.loss.name}` is negated before `backward()`: the optimizer makes it larger.",
                why="The model is driven away from its targets, and the loss has no lower bound.",
                advice="Leave the minus out.",
                notes=(Note(loss.site.place, "the loss"), Note(call.site.place, "gradients of the negated loss are computed")),
                symbol=call.site.symbol,
            )


def _negated(
    model: SemanticModel, call: BackwardCall, losses: list[LossCall], negations: dict[int, ir.UnaryOp]
) -> tuple[LossCall, ir.UnaryOp] | None:
    """The loss of which backward gets the negative, and the minus."""
    for fact in facts(call.value):
        if type(fact) is not Tensor or len(fact.lineage) < 2 or fact.lineage[-1] not in negations:
            continue
        for loss in losses:
            if loss.loss.name in SUPERVISED and model.origin(loss.site.place) == fact.lineage[-2]:
                return loss, negations[fact.lineage[-1]]
    return None


def _is_plain_training(model: SemanticModel, call: BackwardCall, losses: list[LossCall]) -> bool:
    """Whether one optimizer minimises one loss here, and nothing is called adversarial."""
    if any(word in call.site.symbol.lower() for word in ON_PURPOSE):
        return False
    here = {loss.site.place for loss in losses if loss.site.symbol == call.site.symbol and loss.site.grad is not False}
    if len(here) != 1:
        return False
    traces = [trace for trace in model.traces() if any(event.at == call.site.place for event in events_of(trace.tree))]
    return bool(traces) and all(_has_one_minimiser(model, trace) for trace in traces)


def _has_one_minimiser(model: SemanticModel, trace: Trace) -> bool:
    stepped = {subject.object for event in events_of(trace.tree) if event.kind is EventKind.STEP for subject in event.subjects}
    optimizers = [one for one in stepped if trace.objects[one].kind == "optimizer"]
    if len(optimizers) != 1:
        return False
    maximize = model.object(optimizers[0]).arguments.get("maximize")
    return maximize is None or constant_of(maximize) is False
