"""NN307: softmax of softmax outputs, sigmoid of sigmoid outputs."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import after
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, constant_of
from lintnn.values.records import OperationCall

AFTER = {
    "softmax": frozenset({"softmax", "gumbel_softmax", "sparsemax"}),
    "log_softmax": frozenset({"softmax", "gumbel_softmax", "sparsemax"}),
    "sigmoid": frozenset({"sigmoid"}),
    "log_sigmoid": frozenset({"sigmoid"}),
}
"""For each operation the activations after which it is one too many."""


class ActivationAppliedTwice(Check[Report]):
    code = "NN307"
    name = "activation-applied-twice"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "softmax of softmax outputs, or sigmoid of sigmoid outputs"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Activations whose argument certainly went through the same activation already, at another place: not in an earlier iteration."""
        for call in model.operation_calls(*AFTER):
            found = model.tensor_where(call.subject, call.site, after(AFTER[call.operation.name]))
            if found is None:
                continue
            tensor, confidence = found
            if any(place == call.site.place for place, _ in tensor.trail.steps()) or _over_another_axis(call, tensor):
                continue
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"`{call.operation.name}` is applied to values that already went through `{tensor.after}`.",
                why="The second one squeezes them: sigmoid twice gives 0.5 to 0.73, softmax twice over 10 classes at most 0.23.",
                advice="Apply it once: let the model return raw scores, and apply it where probabilities are needed.",
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )


def _over_another_axis(call: OperationCall, tensor: Tensor) -> bool:
    """Whether both axes are known and differ, as when rows and columns are normalised in turn."""
    axis = constant_of(call.arguments.get("dim"))
    return isinstance(axis, int) and tensor.axis is not None and (axis < 0) == (tensor.axis < 0) and axis != tensor.axis
