"""NN301: probabilities passed to a loss that applies log-softmax itself."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

PROBABILITIES = frozenset({"softmax", "sparsemax", "gumbel_softmax"})


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
        for call in model.loss_calls():
            if (call.expects or call.loss.expects) != "logits":
                continue
            scores = call.arguments.get(call.loss.prediction)
            found = model.tensor_where(scores, call.site, lambda tensor: tensor.after in PROBABILITIES)
            if found is None:
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.places.get(call.loss.prediction, call.site.place),
                message=f"`{call.loss.name}` applies log-softmax itself, but its input went through `{tensor.after}`.",
                why="Gradients shrink and the loss cannot fall to 0: for 3 classes it stays above 0.55.",
                advice="Pass the raw scores; apply softmax only where probabilities are shown or stored.",
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )
