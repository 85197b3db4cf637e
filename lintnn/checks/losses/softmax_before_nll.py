"""NN306: probabilities passed to a loss that wants log-probabilities."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import PROBABILITIES, inputs, wants_log_probabilities
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class SoftmaxBeforeNll(Check[Report]):
    code = "NN306"
    name = "softmax-before-nll"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "probabilities passed to `NLLLoss` or `CTCLoss`, which want log-probabilities"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Likelihoods that certainly get the result of a softmax."""
        for one in inputs(model, wants_log_probabilities, lambda tensor: tensor.after in PROBABILITIES):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` wants log-probabilities, but its input went through `{one.tensor.after}`.",
                why="It takes no logarithm: the loss lies between -1 and 0, and confident mistakes get almost no gradient.",
                advice="Use `F.log_softmax` instead of softmax, or `nn.CrossEntropyLoss` on the raw scores.",
                notes=one.notes,
                confidence=one.confidence,
                symbol=one.symbol,
            )
