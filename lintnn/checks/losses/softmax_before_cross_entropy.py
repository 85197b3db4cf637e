"""NN301: probabilities passed to a loss that applies log-softmax itself."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import CLASS_LOGITS, PROBABILITIES, expectation, inputs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class SoftmaxBeforeCrossEntropy(Check[Report]):
    code = "NN301"
    name = "softmax-before-cross-entropy"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "probabilities passed to a loss that applies log-softmax itself"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that want raw scores over classes and certainly get the result of a softmax."""
        for one in inputs(model, lambda call: expectation(call) in CLASS_LOGITS, lambda tensor: tensor.after in PROBABILITIES):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` applies log-softmax itself, but its input went through `{one.tensor.after}`.",
                why="Gradients shrink and the loss cannot fall to 0: for 3 classes it stays above 0.55.",
                advice="Pass the raw scores; apply softmax only where probabilities are shown or stored.",
                notes=one.notes,
                confidence=one.confidence,
                symbol=one.symbol,
            )
