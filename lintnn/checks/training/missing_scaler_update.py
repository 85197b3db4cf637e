"""NN143: a gradient scaler is not updated between two steps."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import switchable, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class MissingScalerUpdate(Check[Report]):
    code = "NN143"
    name = "missing-scaler-update"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a gradient scaler steps or unscales an optimizer again with no update in between"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Paths on which a scaler steps or unscales an optimizer twice without an `update()` in between."""
        for trace, violation in model.violations("missing-scaler-update"):
            report = told(
                self,
                trace,
                violation,
                message=f"The scaler handles `{violation.label}` again on a path without `update()` in between.",
                why="The second call raises `RuntimeError`: it has already been called since the last update.",
                advice="Call `scaler.update()` at the end of every iteration in which the scaler unscaled or stepped.",
            )
            yield switchable(model, trace, report)
