"""NN104: gradients are computed and cleared, and never used."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class MissingOptimizerStep(Check[Report]):
    code = "NN104"
    name = "missing-optimizer-step"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "backward and clearing repeat in a loop and the optimizer never steps"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loops that compute and clear the gradients of an optimizer that nothing can have stepped."""
        for trace, violation in model.violations("missing-optimizer-step"):
            yield told(
                self,
                trace,
                violation,
                message=f"Gradients are computed and cleared in every iteration, and `{violation.label}` never steps.",
                why="The weights never change: the last loss equals the first one.",
                advice=f"Call `{violation.label}.step()` between `backward()` and the next clearing call.",
            )
