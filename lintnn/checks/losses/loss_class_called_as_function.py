"""NN314: a loss class called with prediction and target."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.values.objects import computes


class LossClassCalledAsFunction(Check[Report]):
    code = "NN314"
    name = "loss-class-called-as-function"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a loss class called with prediction and target, which makes an object instead of a loss"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Constructors of losses that are given a prediction and a target."""
        for made in model.constructions():
            loss = lookup.loss_class(made.name)
            if loss is None or not computes(loss, made.arguments, made.positional, made.site.in_forward):
                continue
            name = made.name.rpartition(".")[2]
            yield Report(
                code=self.code,
                place=made.site.place,
                message=f"`{name}` is a class: called with a prediction and a target it makes a loss object, it computes no loss.",
                why="Batches stop with `Boolean value of Tensor is ambiguous`; single numbers give an object without `backward`.",
                advice=f"Build it first, `{name}()(prediction, target)`, or use `F.{loss.functions[0].rpartition('.')[2]}`."
                if loss.functions
                else f"Build it first: `{name}()(prediction, target)`.",
                confidence=Confidence.HIGH,
                symbol=made.site.symbol,
            )
