"""NN305: unnormalised scores passed to a loss that wants log-probabilities."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import inputs, is_swapped, wants_log_probabilities
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

UNNORMALISED = {"raw": "raw scores", "relu": "the output of `relu`", "tanh": "the output of `tanh`"}


class LogitsIntoNll(Check[Report]):
    code = "NN305"
    name = "logits-into-nll"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "unnormalised scores passed to `NLLLoss` or `CTCLoss`, which want log-probabilities"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Likelihoods that certainly get scores without a log-softmax."""
        for one in inputs(
            model,
            lambda call: wants_log_probabilities(call) and not is_swapped(model, call),
            lambda tensor: tensor.after in UNNORMALISED and tensor.units != 1,
        ):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` wants log-probabilities, but it gets {UNNORMALISED[one.tensor.after]}.",
                why="The loss falls below 0 without a floor, and wrong classes are not pushed down.",
                advice="Apply `F.log_softmax(scores, dim=…)` first, or use `nn.CrossEntropyLoss` on the raw scores.",
                notes=one.notes,
                confidence=one.confidence,
                symbol=one.symbol,
            )
