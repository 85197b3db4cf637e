"""NN405: ``torch.where`` drops a number that is not finite, and keeps its gradient."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, Unknown, Value, constant_of, facts
from lintnn.values.ops.dtypes import category
from lintnn.values.records import OperationCall

DOMAINS = ("log", "log2", "log10", "sqrt", "rsqrt", "acos", "asin", "acosh", "atanh", "pow", "div", "reciprocal")
"""Operations with an edge at which the gradient is infinite or undefined."""
GUARDS = ("where", "where_method", "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "masked_fill", "nan_to_num", "index_put")
"""Operations that keep an argument inside of a domain."""
NAMES = re.compile(r"[A-Za-z_][\w.]*")


class WhereHidesNanGradient(Check[Report]):
    code = "NN405"
    name = "where-hides-nan-gradient"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`torch.where` chooses against a NaN or inf whose gradient comes back all the same"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Branches of ``where`` that leave their domain exactly where the condition takes the other branch."""
        if not model.mentions("where"):
            return
        risky = {model.origin(call.site.place): call for call in model.operation_calls(*DOMAINS) if not _is_harmless(call)}
        guards = {model.origin(call.site.place) for call in model.operation_calls(*GUARDS)}
        guards |= {model.origin(call.site.place) for call in model.operation_calls("add") if _adds_number(call)}
        for choice in model.operation_calls("where"):
            if choice.site.grad is False:
                continue
            asked = _sources(choice.arguments.get("condition"))
            for name in ("input", "other"):
                inside = _risky_in(choice.arguments.get(name), risky, guards, asked)
                if inside is not None:
                    yield self._report(choice, inside)
                    break

    def _report(self, choice: OperationCall, inside: OperationCall) -> Report:
        return Report(
            code=self.code,
            place=choice.site.place,
            message=f"`torch.where` drops what `{inside.operation.name}` gives outside of its domain, but not its gradient.",
            why="Backward multiplies the infinite gradient of the branch that was not taken by 0, and 0 * inf is NaN.",
            advice="Choose a harmless argument first: `safe = torch.where(mask, x, 1.0)`, then `torch.where(mask, f(safe), 0.0)`.",
            notes=(Note(inside.site.place, f"`{inside.operation.name}` is computed here for every element"),),
            confidence=Confidence.MEDIUM,
            symbol=choice.site.symbol,
        )


def _risky_in(branch: Value | None, risky: dict[int, OperationCall], guards: set[int], asked: frozenset[int | str]) -> OperationCall | None:
    """An operation in a branch whose argument is what the condition asks about."""
    if branch is None:
        return None
    for fact in facts(branch):
        if type(fact) is not Tensor or fact.attached is False or fact.array or category(fact.dtype or "float32") < 2:
            continue
        for origin in fact.lineage:
            call = risky.get(origin)
            if call is not None and _is_about(_edge(call), asked, guards):
                return call
    return None


def _is_about(argument: Value | None, asked: frozenset[int | str], guards: set[int]) -> bool:
    sources = _sources(argument)
    return not sources.isdisjoint(asked) and guards.isdisjoint(sources)


def _edge(call: OperationCall) -> Value | None:
    """The argument that has an edge: the divisor of a division."""
    return call.arguments.get("other") if call.operation.name == "div" else call.subject


def _is_harmless(call: OperationCall) -> bool:
    """Whether an operation has no edge here: division by a number, whole powers, an argument that is kept above 0."""
    edge = _edge(call)
    if edge is None or any(type(fact) is Tensor and fact.range == "positive" for fact in facts(edge)):
        return True
    if call.operation.name == "pow":
        exponent = constant_of(call.arguments.get("exponent"))
        return not isinstance(exponent, float) or exponent >= 1 or exponent == int(exponent) >= 0
    return call.operation.name == "div" and not any(type(fact) is Tensor for fact in facts(edge))


def _adds_number(call: OperationCall) -> bool:
    """Whether a number is added, known or not: an epsilon."""
    return call.arguments.get("other") is not None and not any(type(fact) is Tensor for fact in facts(call.arguments["other"]))


def _sources(value: Value | None) -> frozenset[int | str]:
    """What a value was computed from: expressions, and the names of unknown values."""
    found: set[int | str] = set()
    for fact in facts(value) if value is not None else ():
        if type(fact) is Tensor:
            found.update(fact.lineage)
        if type(fact) in (Tensor, Unknown) and not fact.symbol.startswith("@"):  # type: ignore[union-attr]
            found.update(NAMES.findall(fact.symbol))  # type: ignore[union-attr]
    return frozenset(found)
