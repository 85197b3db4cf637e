"""NN702: a tensor with its graph is stored in something that outlives the iteration."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.memory.evidence import backward_in_iteration, caller_notes, is_differentiated
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.records import Accumulation

VARYING = "[…]"
"""The target of a store under a key that is not constant."""


class GraphTensorStored(Check[Report]):
    code = "NN702"
    name = "graph-tensor-stored"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a tensor with its graph is stored in a list, dict or buffer that outlives the iteration"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Stores of values whose graph a backward of the same iteration went through, where no later backward needs them."""
        for kept in model.accumulations():
            if not _is_store(kept) or is_differentiated(model, kept.site.place) or _is_emptied(model, kept):
                continue
            backward = backward_in_iteration(model, kept)
            if backward is None:
                continue
            yield Report(
                code=self.code,
                place=kept.site.place,
                message="The stored tensor still hangs on its graph, and what it is stored in outlives the iteration.",
                why="Every entry holds the graph of its iteration, with all activations: memory grows with the number of iterations.",
                advice="Store `x.item()` or `x.detach()`; `.cpu()` and `.clone()` alone keep the graph.",
                notes=(*caller_notes(kept.site), Note(backward.site.place, "`backward()` has already been through that graph")),
                symbol=kept.site.symbol,
            )


def _is_store(kept: Accumulation) -> bool:
    return kept.how in ("append", "write") or (kept.how == "store" and kept.target == VARYING)


def _is_emptied(model: SemanticModel, kept: Accumulation) -> bool:
    """Whether the file empties a container of this name."""
    if kept.site.place.path != model.path:
        return False
    call = next((node for node in model.nodes(ir.Call) if node.at == kept.site.place.at), None)
    if call is None or not isinstance(call.func, ir.Attribute) or not isinstance(call.func.value, (ir.Name, ir.Attribute)):
        return False
    name = _last(call.func.value)
    emptied = [
        node.func.value
        for node in model.nodes(ir.Call)
        if isinstance(node.func, ir.Attribute) and node.func.attr in ("clear", "pop", "popleft")
    ]
    return any(isinstance(owner, (ir.Name, ir.Attribute)) and _last(owner) == name for owner in emptied)


def _last(owner: ir.Name | ir.Attribute) -> str:
    return owner.id if isinstance(owner, ir.Name) else owner.attr
