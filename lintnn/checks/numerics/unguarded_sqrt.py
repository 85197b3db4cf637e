"""NN404: a root at a reachable zero, where its gradient is infinite."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.numerics import reach
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, constant_of
from lintnn.values.records import OperationCall

LOSSES = ("loss", "criterion", "penalty", "regulari")
RANGES = frozenset({"zero", "magnitude", "spread", "fraction"})


class UnguardedSqrt(Check[Report]):
    code = "NN404"
    name = "unguarded-sqrt"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a square root or fractional power at a reachable 0, where the gradient is infinite"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Roots of what surely reaches 0 and may carry a gradient. That of a relu is 0 at 0, whatever comes in."""
        for call in model.operation_calls("sqrt", "rsqrt", "pow"):
            if call.operation.name == "pow" and not _is_root(call):
                continue
            found = reach.reaching(model, call.subject, call, RANGES)
            if found is None or found[0].after == "relu" or not reach.may_carry_gradient(found[0], call.site):
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"The argument of this root {reach.WORDS[tensor.range]}.",
                why="The gradient of a root at 0 is infinite, and NaN once it is multiplied by the 0 from which the argument came.",
                advice="Add the epsilon inside of the root: `torch.sqrt(x + 1e-8)`.",
                notes=model.trail(tensor),
                confidence=confidence if _is_trained(call, tensor) else Confidence.LOW,
                symbol=call.site.symbol,
            )


def _is_trained(call: OperationCall, tensor: Tensor) -> bool:
    """Whether a gradient surely flows, or zeros and a gradient are to be expected: in a forward pass, in what is named a loss."""
    if tensor.attached:
        return True
    place = f"{call.site.place.path}:{call.site.symbol}".lower()
    return tensor.range != "magnitude" and (call.site.in_forward or any(word in place for word in LOSSES))


def _is_root(call: OperationCall) -> bool:
    exponent = constant_of(call.arguments.get("exponent"))
    return isinstance(exponent, float) and 0 < exponent < 1
