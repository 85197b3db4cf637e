"""NN403: a division by a count, length or spread that can be 0."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.numerics import reach
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel

RANGES = frozenset({"zero", "count", "spread"})
ADVICE = {
    "count": "Write `/ count.clamp(min=1)`, or leave the term out if nothing is selected.",
    "spread": "Write `/ (x.std() + 1e-6)`.",
    "zero": "Add an epsilon to the divisor, or use `F.normalize`, which has one.",
}


class UnguardedDivision(Check[Report]):
    code = "NN403"
    name = "unguarded-division"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a division by a count, norm, distance or standard deviation that can be 0"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Divisions whose divisor surely reaches 0 in ordinary use."""
        for call in model.operation_calls("div", "reciprocal"):
            divisor = call.arguments.get("other") if call.operation.name == "div" else call.subject
            found = reach.reaching(model, divisor, call, RANGES)
            if found is None:
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"The divisor {reach.WORDS[tensor.range]}.",
                why="0 / 0 is NaN and anything else / 0 is inf; one such number makes the loss or all weights NaN.",
                advice=ADVICE[tensor.range],
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )
