"""NN103: an optimizer steps, and nothing computes gradients."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import spelled, told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class MissingBackward(Check[Report]):
    code = "NN103"
    name = "missing-backward"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "an optimizer steps in a loop in which no backward can have run"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Loops with a forward pass and a step of its optimizer, and no backward anywhere around."""
        for trace, violation in model.violations("missing-backward"):
            name = spelled(model, violation)
            yield told(
                self,
                trace,
                violation,
                message=f"`{name}` steps in this loop, and nothing in it can have run `backward()`.",
                why="Without gradients a step skips every parameter: the model stays as it was initialised.",
                advice=f"Call `loss.backward()` before `{name}.step()`.",
            )
