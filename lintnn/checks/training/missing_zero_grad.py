"""NN101: gradients of one step are still there in the next."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import spelled, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.happenings import EventKind

EXCUSES = frozenset({EventKind.CLEAR, EventKind.UNKNOWN})
"""Events that may clear the gradients of objects that are not named."""


class MissingZeroGrad(Check[Report]):
    code = "NN101"
    name = "missing-zero-grad"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "backward and step repeat with no clearing of the same optimizer's gradients on the cycle"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Cycles backward, step, backward on which nothing can have cleared the optimizer's gradients."""
        for trace, violation in model.violations("missing-zero-grad"):
            name = spelled(model, violation)
            yield told(
                self,
                trace,
                violation,
                message=f"`{name}` steps again and again, and nothing clears its gradients in between.",
                why="Every step uses the sum of all gradients so far: after k steps they are about k times too large.",
                advice=f"Call `{name}.zero_grad()` once per step, before `backward()`.",
            )
