"""NN141: scaled gradients are clipped."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import switchable, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class ClipBeforeUnscale(Check[Report]):
    code = "NN141"
    name = "clip-before-unscale"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "gradients of a scaled loss are clipped before they are divided by the scale"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Clips between a scaled backward and a scaled step without an `unscale_` before."""
        for trace, violation in model.violations("clip-before-unscale"):
            report = told(
                self,
                trace,
                violation,
                message=f"The gradients of `{violation.label}` are clipped while they are still multiplied by the scaler.",
                why="A fresh scaler multiplies by 65536: the clip cuts nearly every gradient down to almost nothing.",
                advice=f"Call `scaler.unscale_({violation.label})` before the clip.",
            )
            yield switchable(model, trace, report)
