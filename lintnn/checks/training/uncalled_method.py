"""NN108: a method of the training protocol is named and not called."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Ref, Tensor, Unknown, facts
from lintnn.values.records import Statement

LOST: dict[str, str] = {
    "backward": "No gradients are computed, so nothing is learned.",
    "step": "The step is not taken.",
    "zero_grad": "Gradients pile up from iteration to iteration.",
    "eval": "The model stays in training mode: dropout stays on and BatchNorm reads the batch.",
    "train": "The model stays in the mode it was in.",
    "update": "The scale is never adjusted, and the next step of the scaler raises.",
    "unscale_": "The gradients stay multiplied by the scale.",
    "cuda": "Nothing is moved.",
    "cpu": "Nothing is moved.",
    "zero_": "Nothing is zeroed.",
    "detach_": "Nothing is detached.",
}
"""What is lost when the method is not called."""

METHODS_OF: dict[str, frozenset[str]] = {
    "module": frozenset({"train", "eval", "zero_grad", "cuda", "cpu"}),
    "layer": frozenset({"train", "eval", "zero_grad", "cuda", "cpu"}),
    "optimizer": frozenset({"step", "zero_grad"}),
    "scheduler": frozenset({"step"}),
    "scaler": frozenset({"step", "update", "unscale_"}),
}
OF_TENSORS = frozenset({"backward", "cuda", "cpu", "zero_", "detach_"})
OF_ANYTHING = frozenset({"backward", "zero_grad", "eval", "train", "step"})
UPDATED = "scaler"


class UncalledMethod(Check[Report]):
    code = "NN108"
    name = "uncalled-method"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a method such as loss.backward or model.eval stands as a statement without being called"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Statements that only name a method of a tensor, module, optimizer, scheduler or scaler."""
        tried = {statement.value.at for attempt in model.nodes(ir.Try) for statement in attempt.body if isinstance(statement, ir.ExprStmt)}
        for statement in model.statements():
            if statement.what != "attribute" or statement.text not in LOST or statement.site.place.at in tried:
                continue
            if all(_has_method(model, fact, statement) for fact in facts(statement.value)):
                yield Report(
                    code=self.code,
                    place=statement.site.place,
                    message=f"`{statement.text}` is named here, but not called.",
                    why=LOST[statement.text],
                    advice=f"Write `{statement.text}()`.",
                    symbol=statement.site.symbol,
                )


def _has_method(model: SemanticModel, fact: Fact, statement: Statement) -> bool:
    if type(fact) is Tensor:
        return statement.text in OF_TENSORS
    if type(fact) is Ref:
        info = model.class_of(fact.id)
        if info is not None and statement.text in info.methods:
            return info.methods[statement.text].kind == "method"
        return statement.text in METHODS_OF.get(model.object(fact.id).kind, frozenset())
    if type(fact) is Unknown:
        return statement.text in OF_ANYTHING or (statement.text == "update" and UPDATED in fact.symbol.lower())
    return False
