"""NN401: the logarithm of a softmax or sigmoid, in two steps."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

STABLE = {
    "softmax": "torch.log_softmax(x, dim=…)",
    "sigmoid": "F.logsigmoid(x)",
    "one_minus_sigmoid": "F.logsigmoid(-x)",
    "one_minus_softmax": "torch.log_softmax(x, dim=…)` and `torch.logsumexp",
}
"""What to write instead, by what the logarithm is taken of."""
WORDS = {"one_minus_sigmoid": "1 - sigmoid", "one_minus_softmax": "1 - softmax"}


class LogOfSoftmax(Check[Report]):
    code = "NN401"
    name = "log-of-softmax"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the logarithm of a softmax or sigmoid in two steps, which gives -inf and NaN"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Logarithms whose argument certainly is a softmax or sigmoid that nothing keeps away from 0."""
        for call in model.operation_calls("log"):
            found = model.tensor_where(call.subject, call.site, lambda tensor: tensor.after in STABLE and tensor.role != "guarded")
            if found is None:
                continue
            tensor, confidence = found
            what = WORDS.get(tensor.after, tensor.after)
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"The logarithm of `{what}` is taken in two steps.",
                why="The inner result rounds to 0 for a confident model; its logarithm is -inf and the gradient NaN.",
                advice=f"Write `{STABLE[tensor.after]}`: one step, exact.",
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )
