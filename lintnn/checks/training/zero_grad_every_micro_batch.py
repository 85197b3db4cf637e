"""NN105: accumulated gradients are cleared before they are used."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import only_named, spelled, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class ZeroGradEveryMicroBatch(Check[Report]):
    code = "NN105"
    name = "zero-grad-every-micro-batch"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "gradients are cleared in every iteration, and the optimizer steps in every few"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loops that clear in every iteration what a counted step should have accumulated."""
        for trace, violation in model.violations("zero-grad-every-micro-batch"):
            if only_named(model, violation):
                continue
            name = spelled(model, violation)
            yield told(
                self,
                trace,
                violation,
                message=f"The gradients of `{name}` are cleared in every iteration, and it steps only in every few.",
                why="Only the last of the accumulated micro-batches counts; with four of them three quarters of the data are lost.",
                advice="Clear in the branch that steps.",
            )
