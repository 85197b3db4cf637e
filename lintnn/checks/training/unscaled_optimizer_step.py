"""NN142: a step past the gradient scaler."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import switchable, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class UnscaledOptimizerStep(Check[Report]):
    code = "NN142"
    name = "unscaled-optimizer-step"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "the loss is scaled by a gradient scaler, and the optimizer is stepped directly"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Plain steps with the gradients of a scaled loss."""
        for trace, violation in model.violations("unscaled-optimizer-step"):
            report = told(
                self,
                trace,
                violation,
                message=f"The loss was scaled, but `{violation.label}` is stepped directly.",
                why="Its gradients are 65536 times too large at first, and infinite ones are applied instead of skipped.",
                advice=f"Call `scaler.step({violation.label})` and `scaler.update()` instead.",
            )
            yield switchable(model, trace, report)
