"""NN304: values outside 0 to 1 passed to binary cross-entropy."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import expectation, inputs, is_swapped
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

OUTSIDE = {
    "raw": "raw scores",
    "tanh": "the output of `tanh`",
    "cosine": "a cosine similarity",
    "log_softmax": "log-probabilities",
    "log_sigmoid": "log-probabilities",
}
"""What reaches below 0, in words."""


class LogitsIntoBce(Check[Report]):
    code = "NN304"
    name = "logits-into-bce"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "raw scores or other values below 0 passed to binary cross-entropy, which wants probabilities"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses that want probabilities and certainly get something that reaches below 0."""
        for one in inputs(
            model,
            lambda call: call.loss.expects == expectation(call) == "probabilities" and not is_swapped(model, call),
            lambda tensor: tensor.after in OUTSIDE,
        ):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` wants values between 0 and 1, but it gets {OUTSIDE[one.tensor.after]}.",
                why="The first value below 0 or above 1 stops the run, on a GPU with a device-side assertion that names another line.",
                advice="Use `nn.BCEWithLogitsLoss` on the raw scores, or apply `torch.sigmoid` first; not both.",
                notes=one.notes,
                confidence=one.confidence,
                symbol=one.symbol,
            )
