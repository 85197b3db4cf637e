"""NN302: log-probabilities passed to cross-entropy."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import CLASS_LOGITS, expectation, inputs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class LogSoftmaxBeforeCrossEntropy(Check[Report]):
    code = "NN302"
    name = "log-softmax-before-cross-entropy"
    family = Family.LOSSES
    severity = Severity.NOTE
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "log-probabilities passed to cross-entropy, which computes the same log-softmax again"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that want raw scores over classes and certainly get the result of a log-softmax."""
        for one in inputs(model, lambda call: expectation(call) in CLASS_LOGITS, lambda tensor: tensor.after == "log_softmax"):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` applies log-softmax itself, and its input already went through `log_softmax`.",
                why="The values stay the same; the second pass is work for nothing, and the name of the loss promises raw scores.",
                advice="Drop the log-softmax, or keep it and use `nn.NLLLoss`.",
                notes=one.notes,
                confidence=Confidence.LOW,
                symbol=one.symbol,
            )
