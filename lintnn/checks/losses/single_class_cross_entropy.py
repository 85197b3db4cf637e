"""NN309: softmax, cross-entropy or argmax over one output unit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import CLASS_LOGITS, expectation, inputs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Tensor, constant_of
from lintnn.values.records import OperationCall

LAST = frozenset({-1})
FLAT = frozenset({-1, 1})
"""The class axis of scores (batch, classes)."""
AXES = {"softmax": LAST, "log_softmax": LAST, "argmax": FLAT, "max": FLAT}
"""For each operation the axes that are certainly or, for predictions, in practice the class axis."""
SCORES = frozenset({"raw", "sigmoid"})


class SingleClassCrossEntropy(Check[Report]):
    code = "NN309"
    name = "single-class-cross-entropy"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "cross-entropy, softmax or argmax over an axis that has one output unit"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses, softmaxes and predictions over a class axis of size one."""
        for one in inputs(model, lambda call: expectation(call) in CLASS_LOGITS, _has_one_class):
            yield Report(
                code=self.code,
                place=one.place,
                message=f"`{one.loss}` compares classes, but its input has one output unit.",
                why="The loss is exactly 0 for class 0, with gradient 0; label 1 is out of bounds.",
                advice="Use `nn.BCEWithLogitsLoss` with float targets, or two output units.",
                notes=one.notes,
                confidence=one.confidence,
                symbol=one.symbol,
            )
        for call in model.operation_calls(*AXES):
            found = model.tensor_where(call.subject, call.site, partial(_over_one_unit, call))
            if found is not None and not model.possibly(call.subject, _is_wider):
                tensor, confidence = found
                yield Report(
                    code=self.code,
                    place=call.site.place,
                    message=f"`{call.operation.name}` runs over an axis that has one output unit.",
                    why="Its result is the same for every input: probability 1, class 0.",
                    advice="Compare the score with 0 (or its sigmoid with 0.5), or use two output units.",
                    notes=model.trail(tensor),
                    confidence=confidence,
                    symbol=call.site.symbol,
                )


def _has_one_class(tensor: Tensor) -> bool:
    """Whether the class axis of scores has size one: the channels of a convolution, the last of two axes otherwise."""
    return tensor.units == 1 and (tensor.axis == 1 or tensor.rank in (None, 2))


def _is_wider(fact: Fact) -> bool:
    """Whether scores may have several units on another path: the code then serves any number of classes, of which one is a corner."""
    return type(fact) is Tensor and fact.units != 1


def _over_one_unit(call: OperationCall, tensor: Tensor) -> bool:
    if tensor.units != 1 or tensor.after not in SCORES:
        return False
    axis = constant_of(call.arguments.get("dim"))
    if not isinstance(axis, int) or isinstance(axis, bool):
        return False
    if tensor.axis is not None:
        return axis == tensor.axis
    return axis in AXES[call.operation.name] or (tensor.rank is not None and axis == tensor.rank - 1)
