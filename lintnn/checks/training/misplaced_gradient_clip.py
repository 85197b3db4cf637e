"""NN112: gradients are clipped where there is nothing to clip."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.events import Violation
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.happenings import EventKind


class MisplacedGradientClip(Check[Report]):
    code = "NN112"
    name = "misplaced-gradient-clip"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "gradients are clipped before backward or after the step that should use them"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Clips that come before the backward, or after the step, of one and the same iteration."""
        for trace, violation in model.violations("misplaced-gradient-clip"):
            yield told(
                self,
                trace,
                violation,
                message=_message(violation),
                why="The clip changes nothing that is used: the first large batch does what clipping should prevent.",
                advice="Clip between `backward()` and `step()`.",
            )


def _message(violation: Violation) -> str:
    if violation.steps[-1].event.kind is EventKind.CLIP:
        return f"Gradients are clipped after `{violation.label}` has already used them."
    return f"Gradients are clipped before `backward()` computes those that `{violation.label}` uses."
