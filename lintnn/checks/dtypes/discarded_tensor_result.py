"""NN503: an out-of-place tensor operation used as a statement."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor

OWNED = frozenset({"opaque", "argument-of-any-type"})
"""Roles of values that may be something else than tensors: what an unknown model gives moves itself, perhaps."""


class DiscardedTensorResult(Check[Report]):
    code = "NN503"
    name = "discarded-tensor-result"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`x.float()`, `x.to(device)`, `x.clamp(…)` as a statement: the tensor stays as it was"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Out-of-place operations on values that are certainly tensors, with nobody taking the result."""
        shown = _shown_in_notebook(model.module)
        for record in model.discarded_results():
            receiver = record.receiver
            if type(receiver) is not Tensor or receiver.role in OWNED or record.site.place.at in shown:
                continue
            yield Report(
                code=self.code,
                place=record.site.place,
                message=f"`{record.operation.name}` gives a new tensor, and nobody takes it: the old one stays as it was.",
                why="Nothing is converted, moved or changed; the line only costs time.",
                advice="Assign the result to the name, or use the in-place form (with `_`) where there is one.",
                notes=model.trail(receiver),
                symbol=record.site.symbol,
            )


def _shown_in_notebook(module: ir.Module) -> frozenset[int]:
    """The last expressions of notebook cells, which are shown to the reader."""
    if not module.cells:
        return frozenset()
    starts = sorted(cell.first for cell in module.cells)
    last: dict[int, ir.Stmt] = {}
    for statement in module.body:
        cell = sum(first <= statement.at for first in starts)
        last[cell] = statement
    return frozenset(statement.value.at for statement in last.values() if isinstance(statement, ir.ExprStmt))
