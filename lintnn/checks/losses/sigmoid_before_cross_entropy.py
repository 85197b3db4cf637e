"""NN308: the activation belongs to another loss."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import PROBABILITIES, Input, after, expectation, inputs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, facts
from lintnn.values.ops.tensors import COLUMN
from lintnn.values.records import LossCall

WRONG = {
    "logits": frozenset({"sigmoid", "log_sigmoid"}),
    "probabilities": PROBABILITIES,
    "binary_logits": PROBABILITIES,
}
"""For each kind of input a loss may want, the activations that belong to another loss."""
HARM = {
    "logits": "The loss takes numbers between 0 and 1 for scores: with 3 classes it stays above 0.55, with 10 above 1.46.",
    "probabilities": "The probabilities of a sample sum to 1: with two of three labels set the loss stays above 0.46.",
    "binary_logits": "The loss takes every probability for one between 0.5 and 0.73, and those of a sample sum to 1.",
}
ADVICE = {
    "logits": "One class out of many: pass raw scores. Any number of labels: use `nn.BCEWithLogitsLoss` on raw scores.",
    "probabilities": "Any number of labels: use sigmoid. One class out of many: use `nn.CrossEntropyLoss` on raw scores.",
    "binary_logits": "Pass the raw scores; for one class out of many use `nn.CrossEntropyLoss`.",
}


class SigmoidBeforeCrossEntropy(Check[Report]):
    code = "NN308"
    name = "sigmoid-before-cross-entropy"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "sigmoid outputs passed to cross-entropy, or softmax outputs to binary cross-entropy"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that certainly get the activation of the other family of losses."""
        for wanted, activations in WRONG.items():
            for one in inputs(model, partial(_wants, wanted), after(activations)):
                if wanted != "probabilities" or not _sound(one):
                    yield self._report(one, wanted)

    def _report(self, one: Input, wanted: str) -> Report:
        return Report(
            code=self.code,
            place=one.place,
            message=f"`{one.loss}` does not go with `{one.tensor.after}`, which its input went through.",
            why=HARM[wanted],
            advice=ADVICE[wanted],
            notes=one.notes,
            confidence=Confidence.MEDIUM if wanted == "probabilities" else one.confidence,
            symbol=one.symbol,
        )


def _wants(wanted: str, call: LossCall) -> bool:
    return call.loss.expects == expectation(call) == wanted


def _sound(one: Input) -> bool:
    """Softmax is right for one column of two, and where each sample has exactly one class."""
    target = one.call.arguments.get(one.call.loss.target_name)
    one_hot = target is not None and any(type(fact) is Tensor and fact.after in ("one_hot", *PROBABILITIES) for fact in facts(target))
    return one_hot or one.tensor.role == COLUMN
