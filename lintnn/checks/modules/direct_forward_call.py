"""NN809: forward is called instead of the module."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique


class DirectForwardCall(Check[Report]):
    code = "NN809"
    name = "direct-forward-call"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`model.forward(x)` instead of `model(x)`: hooks and wrappers are passed by"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls of ``forward`` on something that is a module and not the caller itself."""
        calls = {
            node.at: node.func
            for node in model.nodes(ir.Call)
            if isinstance(node.func, ir.Attribute) and node.func.attr == "forward" and not _is_own(node.func.value)
        }
        if not calls:
            return
        found = ((record.site.place, record) for record in model.module_calls() if record.site.place.path == model.path)
        for record in unique(found):
            if record.site.place.at not in calls or model.object(record.module).loss is not None:
                continue
            yield Report(
                code=self.code,
                place=record.site.place,
                message="`forward` is called directly.",
                why="Hooks do not run, and what wraps a module from outside through them (spectral norm, FSDP, profilers) has no effect.",
                advice="Call the module: `model(x)`.",
                symbol=record.site.symbol,
            )


def _is_own(receiver: ir.Expr) -> bool:
    """``self``, ``super()`` and classes: the caller's own forward, in another place of the class."""
    if isinstance(receiver, ir.Call):
        return isinstance(receiver.func, ir.Name) and receiver.func.id == "super"
    return isinstance(receiver, ir.Name) and (receiver.id in ("self", "cls") or receiver.id[:1].isupper())
