"""NN303: a sigmoid output passed to a loss that applies sigmoid itself."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import BINARY_LOGITS, expectation, inputs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

SIGMOIDS = {"sigmoid": "went through `sigmoid`", "sigmoid_difference": "is a difference of two outputs of `sigmoid`"}
"""What the input of the loss is, in words; the difference of two scores is what a relativistic discriminator compares."""


class SigmoidBeforeBceWithLogits(Check[Report]):
    code = "NN303"
    name = "sigmoid-before-bce-with-logits"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a sigmoid output passed to a loss that applies sigmoid itself"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that want a raw score per unit and certainly get the result of a sigmoid."""
        for one in inputs(model, lambda call: expectation(call) in BINARY_LOGITS, lambda tensor: tensor.after in SIGMOIDS):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` applies sigmoid itself, but its input {SIGMOIDS[one.tensor.after]}.",
                why="To the loss every probability lies between 0.5 and 0.73: a negative sample costs at least 0.69.",
                advice="Pass the raw scores; apply sigmoid only where probabilities are shown or compared.",
                notes=one.notes,
                confidence=one.confidence if one.tensor.after == "sigmoid" else Confidence.MEDIUM,
                symbol=one.symbol,
            )
