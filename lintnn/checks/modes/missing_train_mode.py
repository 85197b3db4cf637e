"""NN202: training goes on in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import spelled, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class MissingTrainMode(Check[Report]):
    code = "NN202"
    name = "missing-train-mode"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "training resumes on a path after eval() with no train()"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Training steps on a module that an earlier eval() certainly left in evaluation mode."""
        for trace, violation in model.violations("missing-train-mode"):
            if trace.objects[violation.slot].mode_dependent is False:
                continue
            name = spelled(model, violation)
            yield told(
                self,
                trace,
                violation,
                message=f"`{name}` is put into evaluation mode here, and training goes on without `train()`.",
                why="Dropout stays off and BatchNorm keeps using old statistics until the next `train()`.",
                advice=f"Call `{name}.train()` before the next training step.",
            )
