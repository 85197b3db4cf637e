"""NN313: target first, prediction second."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import is_swapped, is_trained, notes
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Tensor, Unknown


class SwappedLossArguments(Check[Report]):
    code = "NN313"
    name = "swapped-loss-arguments"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the target passed first and the prediction second to a loss that takes them the other way round"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Losses whose second argument alone depends on parameters that are trained."""
        for call in model.loss_calls():
            if not is_swapped(model, call):
                continue
            found = model.tensor_where(call.arguments[call.loss.target_name], call.site, is_trained)
            if found is None:
                continue
            tensor, confidence = found
            if not model.every(call.arguments[call.loss.prediction], _is_surely_data):
                confidence = Confidence.MEDIUM
            yield Report(
                code=self.code,
                place=call.places.get(call.loss.prediction, call.site.place),
                message=f"`{call.loss.name}` takes the prediction first, but here only its second argument comes from a model.",
                why="It is another loss then: its gradient does not lead the prediction to the target.",
                advice=f"Swap the two, or name them: `{call.loss.prediction}=` the scores, `{call.loss.target_name}=` the truth.",
                notes=notes(model, call, tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )


def _is_surely_data(fact: Fact) -> bool:
    if type(fact) is Tensor:
        return fact.attached is False or fact.role == "data"
    return type(fact) is Unknown and (bool(fact.element_of) or fact.cause == "data")
