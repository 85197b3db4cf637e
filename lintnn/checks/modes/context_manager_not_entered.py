"""NN207: a context manager of torch is made and not entered."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique


class ContextManagerNotEntered(Check[Report]):
    code = "NN207"
    name = "context-manager-not-entered"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "torch.no_grad() or a relative of it stands as a statement without with"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Statements that make a context manager and drop it."""
        for statement in unique((one.site.place, one) for one in model.statements() if one.what == "context"):
            yield Report(
                code=self.code,
                place=statement.site.place,
                message=f"`{statement.text}` is not entered, so it has no effect.",
                why="What should be covered runs as if the line were not there: gradients stay on, precision stays as it was.",
                advice=f"Write `with {statement.text}(...):` around what it should cover.",
                symbol=statement.site.symbol,
            )
