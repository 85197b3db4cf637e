"""NN118: only the last batch of an epoch trains the model."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.nests import statements
from lintnn.values.domain import Tensor, facts
from lintnn.values.records import BackwardCall, LossCall


class StepOutsideBatchLoop(Check[Report]):
    code = "NN118"
    name = "step-outside-batch-loop"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "backward stands after the loop over batches and uses the loss of the last batch only"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Backward calls on a loss that a finished loop over data computed anew for every batch."""
        told: set[Place] = set()
        losses: list[LossCall] | None = None
        for call in model.backward_calls():
            losses = list(model.loss_calls()) if losses is None else losses
            loss = next((one for one in losses if _is_last_of_many(model, call, one)), None)
            if loss is None or call.site.place in told:
                continue
            told.add(call.site.place)
            yield Report(
                code=self.code,
                place=call.site.place,
                message="`backward()` comes after the loop over batches and sees the loss of the last batch only.",
                why="All other batches of the epoch are computed and thrown away: there is one step an epoch.",
                advice="Move `backward()` and the step of the optimizer into the loop over batches.",
                notes=(
                    Note(loss.site.place, "computed anew for every batch"),
                    Note(Place(loss.site.place.path, loss.site.loops[-1]), "the loop over batches"),
                ),
                symbol=call.site.symbol,
            )


def _is_last_of_many(model: SemanticModel, call: BackwardCall, loss: LossCall) -> bool:
    """Whether the loss is computed in a loop over data that is over, and goes into backward as it is."""
    outer, inner = call.site.loops, loss.site.loops
    if (
        len(inner) != len(outer) + 1
        or inner[: len(outer)] != outer
        or loss.site.symbol != call.site.symbol
        or loss.site.calls != call.site.calls
    ):
        return False
    if loss.site.place.path != call.site.place.path or loss.site.grad is False or not call.site.place.at > loss.site.place.at:
        return False
    if not any(type(fact) is Tensor and fact.lineage[-1:] == (model.origin(loss.site.place),) for fact in facts(call.value)):
        return False
    loop = next((one for one in model.nodes(ir.For) if one.at == inner[-1]), None)
    return loop is not None and _is_over_data(model, loop) and not any(isinstance(one, ir.Break) for one in statements(loop.body))


def _is_over_data(model: SemanticModel, loop: ir.For) -> bool:
    return any(one.kind == "data" for trace in model.traces() for one in model.loops(trace) if one.at == Place(model.path, loop.at))
