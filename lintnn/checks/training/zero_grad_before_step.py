"""NN102: gradients are cleared after backward and before the step."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class ZeroGradBeforeStep(Check[Report]):
    code = "NN102"
    name = "zero-grad-before-step"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "gradients are cleared between backward and the step that should use them"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Clearing calls between a backward and the step of the same optimizer."""
        for trace, violation in model.violations("zero-grad-before-step"):
            yield told(
                self,
                trace,
                violation,
                message=f"The gradients of `{violation.label}` are cleared after `backward()` and before `step()`.",
                why="The step finds no gradients: after 100 iterations every weight is still what it was at the start.",
                advice="Clear before `backward()` or after `step()`.",
            )
