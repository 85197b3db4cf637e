"""NN701: a tensor with its graph is added up over iterations."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.memory.evidence import backward_in_iteration, caller_notes, is_differentiated
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import mentions, walk
from lintnn.values.domain import Tensor, facts
from lintnn.values.records import Accumulation


class LossKeepsGraph(Check[Report]):
    code = "NN701"
    name = "loss-keeps-graph"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a loss with its graph is added up over iterations"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Sums that outlive an iteration in which the added value was differentiated, and that are not differentiated themselves."""
        for kept in model.accumulations():
            if kept.how != "add" or is_differentiated(model, kept.site.place):
                continue
            backward = backward_in_iteration(model, kept)
            if backward is None:
                continue
            name = kept.target.removeprefix(".")
            yield Report(
                code=self.code,
                place=kept.site.place,
                message=f"`{name}` adds up tensors that still hang on their graphs.",
                why="The graph of every iteration stays in memory as long as the sum: memory grows until it is full.",
                advice="Add the number: `loss.item()`, or `loss.detach()`.",
                notes=(*caller_notes(kept.site), Note(backward.site.place, "`backward()` has already been through that graph")),
                confidence=Confidence.MEDIUM if _is_bounded(model, kept) else Confidence.HIGH,
                symbol=kept.site.symbol,
            )


def _is_bounded(model: SemanticModel, kept: Accumulation) -> bool:
    """Whether the sum starts anew within the loop, or is one entry of an array whose values may have no graph."""
    if not kept.target.isidentifier():
        return not any(type(fact) is Tensor and fact.attached for fact in facts(kept.value)) and not kept.target.startswith(".")
    loops = (node for kind in (ir.For, ir.While) for node in model.nodes(kind) if node.at in kept.outlives)
    return any(
        isinstance(inner, ir.Assign)
        and not mentions(inner.value, kept.target)
        and any(isinstance(target, ir.Name) and target.id == kept.target for target in inner.targets)
        for loop in loops
        for inner in walk(loop)
    )
