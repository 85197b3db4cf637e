"""NN402: the logarithm of a value that can be 0."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.numerics import reach
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.knowledge.ranges import REACHES_0
from lintnn.model import SemanticModel

TWO_STEPS = frozenset({"softmax", "sigmoid", "one_minus_sigmoid", "one_minus_softmax", "log_softmax", "log_sigmoid"})
"""Activations of which the logarithm has a function of its own: another rule."""
LOGARITHMS = ("log", "log2", "log10")


class UnguardedLog(Check[Report]):
    code = "NN402"
    name = "unguarded-log"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the logarithm of a value that can be 0, which is -inf and makes the gradient NaN"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Logarithms whose argument surely reaches 0 in ordinary use."""
        for call in model.operation_calls(*LOGARITHMS):
            found = reach.reaching(model, call.subject, call, REACHES_0 | {"probability"})
            if found is None or (call.operation.name == "log" and found[0].after in TWO_STEPS):
                continue
            tensor, confidence = found
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"The argument of `{call.operation.name}` {reach.WORDS[tensor.range]}.",
                why="The logarithm of 0 is -inf, its gradient is inf; one such number makes the loss or all weights NaN.",
                advice="Keep the argument away from 0: `x.clamp(min=1e-6).log()`; for `p * log(p)` write `torch.xlogy(p, p)`.",
                notes=model.trail(tensor),
                confidence=confidence,
                symbol=call.site.symbol,
            )
