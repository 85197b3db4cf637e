"""NN312: a target that the loss cannot use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import is_swapped, notes
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, facts
from lintnn.values.records import LossCall

FLOATING = frozenset({"float16", "bfloat16", "float32", "float64"})
NARROW = frozenset({"int8", "int16", "int32", "bool"})
"""Whole-number types that are not accepted as class indices."""
INDICES = "class indices must be `int64`"


class WrongTargetForLoss(Check[Report]):
    code = "NN312"
    name = "wrong-target-for-loss"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a target of a type or shape that the loss cannot use"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Targets whose type or number of dimensions the loss certainly refuses."""
        for call in model.loss_calls():
            problem = PROBLEMS.get(call.loss.name)
            target = call.arguments.get(call.loss.target_name)
            if problem is None or target is None or is_swapped(model, call):
                continue
            found = model.tensor_where(target, call.site, partial(_is_wrong, problem, call))
            if found is None:
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.places.get(call.loss.target_name, call.site.place),
                message=f"`{call.loss.name}` cannot use this target: {problem(tensor, call)}.",
                why="torch stops at the first batch.",
                advice=ADVICE[call.loss.name],
                notes=notes(model, call, tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )


def _is_wrong(problem: Callable[[Tensor, LossCall], str], call: LossCall, tensor: Tensor) -> bool:
    return bool(problem(tensor, call))


def _scores_have_classes(call: LossCall) -> bool:
    """Whether the prediction has one row of at least two classes per sample, as far as known: no further dimensions."""
    prediction = call.arguments.get(call.loss.prediction)
    return prediction is not None and all(
        type(fact) is not Tensor or (fact.rank in (None, 2) and fact.units != 1) for fact in facts(prediction)
    )


def _of_indices(tensor: Tensor, call: LossCall) -> str:
    if tensor.dtype in NARROW:
        return f"it is `{tensor.dtype}`, and {INDICES}"
    if tensor.dtype == "int64" and tensor.rank == 2 and tensor.units == 1 and _scores_have_classes(call):
        return "it is a column of class indices, and one dimension is expected"
    return ""


def _of_cross_entropy(tensor: Tensor, call: LossCall) -> str:
    if tensor.after == "one_hot" and tensor.dtype == "int64":
        return "it is one-hot in whole numbers, and probabilities must be floating"
    if tensor.dtype in FLOATING and tensor.rank == 1 and tensor.after != "one_hot" and _scores_have_classes(call):
        return f"it is `{tensor.dtype}` in one dimension, and {INDICES}"
    return _of_indices(tensor, call)


def _of_nll(tensor: Tensor, call: LossCall) -> str:
    if tensor.after == "one_hot":
        return "it is one-hot, and class indices are expected"
    if tensor.dtype in FLOATING:
        return f"it is `{tensor.dtype}`, and {INDICES}"
    return _of_indices(tensor, call)


def _of_binary(tensor: Tensor, call: LossCall) -> str:
    if tensor.dtype is not None and tensor.dtype not in FLOATING and tensor.dtype != "complex64":
        return f"it is `{tensor.dtype}`, and floating numbers are expected"
    return ""


PROBLEMS: dict[str, Callable[[Tensor, LossCall], str]] = {
    "cross_entropy": _of_cross_entropy,
    "nll_loss": _of_nll,
    "binary_cross_entropy": _of_binary,
    "binary_cross_entropy_with_logits": _of_binary,
}
"""For each loss what is wrong with a target, in words; empty if nothing is known to be."""
ADVICE = {
    "cross_entropy": "Pass class indices, `y.long()` of shape (N), or probabilities of the shape of the scores as floats.",
    "nll_loss": "Pass class indices, `y.long()` of shape (N).",
    "binary_cross_entropy": "Pass `y.float()`, of the shape of the prediction.",
    "binary_cross_entropy_with_logits": "Pass `y.float()`, of the shape of the prediction.",
}
