"""NN409: an inverse trigonometric function at the end of its domain."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.numerics import reach
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

RANGES = frozenset({"unit"})


class UnguardedInverseTrig(Check[Report]):
    code = "NN409"
    name = "unguarded-inverse-trig"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`acos`, `asin` or `atanh` of a value that reaches 1, where the value or the gradient is not finite"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Inverse functions of cosines and other values between -1 and 1 that reach both ends."""
        for call in model.operation_calls("acos", "asin", "atanh"):
            found = reach.reaching(model, call.subject, call, RANGES)
            if found is None:
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"The argument of `{call.operation.name}` reaches 1, and by rounding a little more.",
                why="There the gradient is infinite, and beyond it the value is NaN: parallel vectors and saturated activations do it.",
                advice="Keep it inside: `x.clamp(-1 + 1e-6, 1 - 1e-6)`.",
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )
