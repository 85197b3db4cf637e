"""NN407: the exponential of an unbounded network output."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, facts
from lintnn.values.records import OperationCall

SOFTMAX = "A softmax is written by hand, without taking off the greatest score."
BOUND = "Bound the argument: `x.clamp(max=20)`, `10 * torch.tanh(x)`; for a scale take `F.softplus(x)`."
ORDER = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class UnboundedExp(Check[Report]):
    code = "NN407"
    name = "unbounded-exp"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the exponential of a network output that nothing bounds, which overflows"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Exponentials of raw scores through which a gradient flows; those that are divided by their own sum are a softmax."""
        normalised = {origin for call in model.operation_calls("div") for origin in _shared(call)}
        for call in model.operation_calls("exp"):
            found = model.tensor_where(call.subject, call.site, lambda tensor: tensor.after == "raw" and tensor.attached is True)
            if found is None:
                continue
            by_hand = model.origin(call.site.place) in normalised
            yield Report(
                code=self.code,
                place=call.site.place,
                message=SOFTMAX if by_hand else "The exponential is taken of a network output that nothing bounds.",
                why="It overflows at 88.7 in float32 and at 11.1 in float16; from there on inf / inf and inf * 0 are NaN.",
                advice="Write `torch.softmax(x, dim=…)`, which subtracts the greatest score first." if by_hand else BOUND,
                notes=model.trail(found[0]),
                confidence=min(found[1], Confidence.MEDIUM if by_hand else Confidence.LOW, key=ORDER.index),
                symbol=call.site.symbol,
            )


def _shared(call: OperationCall) -> set[int]:
    """The expressions from which both sides of a division were made."""
    sides = [call.subject, call.arguments.get("other")]
    above, below = ({part for fact in facts(side) if type(fact) is Tensor for part in fact.lineage} if side else set() for side in sides)
    return above & below
