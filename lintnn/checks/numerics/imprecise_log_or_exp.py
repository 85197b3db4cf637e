"""NN410: log1p, expm1, softplus and logsumexp written by hand."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, Value, constant_of, facts
from lintnn.values.records import OperationCall

OVERFLOWS = "The exponential overflows at 88.7 in float32 (11.1 in float16), although the whole expression would fit."
ROUNDS = "Where x is small, 1 + x has only the leading digits of x left: at 1e-8 the result is 0."


class ImpreciseLogOrExp(Check[Report]):
    code = "NN410"
    name = "imprecise-log-or-exp"
    family = Family.NUMERICS
    severity = Severity.NOTE
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`log(1 + x)`, `exp(x) - 1`, `log(sum(exp(x)))` written by hand, which overflow or round to 0"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Logarithms of what an addition or a sum just made, and exponentials minus 1 in one expression."""
        exponentials = {
            model.origin(call.site.place): call.site.place for call in model.operation_calls("exp") if not _is_bounded(call.subject)
        }
        nested = _nested(model)
        made: dict[int, OperationCall] | None = None
        for call in model.operation_calls("log"):
            if made is None:
                made = {model.origin(inner.site.place): inner for inner in model.operation_calls("add", "sum")}
            inner = made.get(_latest(call.subject))
            if inner is not None:
                yield from self._logarithm(call, inner, exponentials, nested)
        for call in model.operation_calls("sub") if exponentials else ():
            inside = exponentials.get(_latest(call.subject))
            if inside is not None and constant_of(call.arguments.get("other")) == 1 and inside.at in nested.get(call.site.place.at, ()):
                yield self._report(call, "`exp(x) - 1` is written in two steps.", ROUNDS, "torch.expm1(x)")

    def _logarithm(
        self, call: OperationCall, inner: OperationCall, exponentials: dict[int, Place], nested: dict[int, set[int]]
    ) -> Iterable[Report]:
        of_exponential = _latest(inner.subject) in exponentials
        if inner.operation.name == "sum":
            if of_exponential:
                yield self._report(call, "`log(sum(exp(x)))` is written in three steps.", OVERFLOWS, "torch.logsumexp(x, dim=…)")
        elif constant_of(inner.arguments.get("other")) == 1:
            if of_exponential:
                yield self._report(call, "`log(1 + exp(x))` is written in three steps.", OVERFLOWS, "F.softplus(x)")
            elif inner.site.place.at in nested.get(call.site.place.at, ()):
                yield self._report(call, "`log(1 + x)` is written in two steps.", ROUNDS, "torch.log1p(x)")

    def _report(self, call: OperationCall, message: str, why: str, instead: str) -> Report:
        return Report(
            code=self.code,
            place=call.site.place,
            message=message,
            why=why,
            advice=f"Write `{instead}`.",
            confidence=Confidence.LOW,
            symbol=call.site.symbol,
        )


def _nested(model: SemanticModel) -> dict[int, set[int]]:
    """By the ordinal of a sum or call, the calls and sums that stand directly in it."""
    if not model.mentions("log", "exp"):
        return {}
    inside: dict[int, set[int]] = {}
    for chain in model.nodes(ir.BinaryChain):
        inside[chain.at] = {part.at for part in chain.operands if isinstance(part, ir.Call)}
    for call in model.nodes(ir.Call):
        parts = [argument.value for argument in call.args]
        if isinstance(call.func, ir.Attribute):
            parts.append(call.func.value)
        inside[call.at] = {part.at for part in parts if isinstance(part, ir.BinaryChain)}
    return inside


def _is_bounded(value: Value) -> bool:
    """Whether an exponential cannot overflow."""
    return any(type(fact) is Tensor and fact.range == "nonpositive" for fact in facts(value))


def _latest(value: Value) -> int:
    """The expression that made a tensor; -1 if that is not one."""
    latest = {fact.lineage[-1] if type(fact) is Tensor and fact.lineage else -1 for fact in facts(value)}
    return latest.pop() if len(latest) == 1 else -1
