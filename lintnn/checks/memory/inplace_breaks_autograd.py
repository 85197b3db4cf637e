"""NN706: an in-place change of what backward still needs."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Tensor, constant_of
from lintnn.values.records import OperationCall

KEEPING = frozenset({"relu", "sigmoid", "tanh", "softmax", "log_softmax", "exp", "sqrt", "rsqrt", "reciprocal"})
"""Operations whose gradient is computed from their output."""
HARMLESS = frozenset({"detach_", "requires_grad_", "retain_grad_", "squeeze_", "unsqueeze_", "transpose_", "t_"})
"""Methods that change no number."""


class InplaceBreaksAutograd(Check[Report]):
    code = "NN706"
    name = "inplace-breaks-autograd"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the output of relu, sigmoid, softmax … is changed in place, although its gradient is computed from it"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """In-place operations on a tensor that an activation has just made and kept for its gradient."""
        changing: frozenset[int] | None = None
        made: dict[int, OperationCall] = {}
        reported: set[Place] = set()
        for call in model.operation_calls():
            source = self._kept(model, call, made)
            made[model.origin(call.site.place)] = call
            if source is None or call.site.place in reported:
                continue
            changing = _in_place_nodes(model) if changing is None else changing
            if not _is_in_place(model, call, changing):
                continue
            reported.add(call.site.place)
            name = source.operation.name
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"This changes the output of `{name}` in place.",
                why=f"`{name}` computes its gradient from its output: `backward()` stops with `modified by an inplace operation`.",
                advice="Write it out of place: `x = x + y`, or a layer without `inplace=True`.",
                notes=(Note(source.site.place, f"the output of `{name}` is made here"),),
                symbol=call.site.symbol,
            )

    def _kept(self, model: SemanticModel, call: OperationCall, made: dict[int, OperationCall]) -> OperationCall | None:
        """The activation whose output the operation gets, if that keeps it."""
        if call.site.grad is False:
            return None
        found = model.certainly(call.subject, _is_activation_output, call.site)
        if found is None or type(found.fact) is not Tensor or found.confidence is not Confidence.HIGH:
            return None
        source = made.get(found.fact.lineage[-1])
        return source if source is not None and source.operation.name in KEEPING else None


def _is_activation_output(fact: Fact) -> bool:
    return type(fact) is Tensor and fact.attached is True and bool(fact.lineage) and not fact.array


def _in_place_nodes(model: SemanticModel) -> frozenset[int]:
    """The places of ``x += y`` and ``x.add_(y)`` in this file."""
    methods = (node.at for node in model.nodes(ir.Call) if isinstance(node.func, ir.Attribute) and _is_mutator(node.func.attr))
    return frozenset((*methods, *(node.at for node in model.nodes(ir.AugAssign) if isinstance(node.target, ir.Name))))


def _is_mutator(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__") and name not in HARMLESS


def _is_in_place(model: SemanticModel, call: OperationCall, changing: frozenset[int]) -> bool:
    if call.spelling == "subscript":
        return True
    if call.spelling in ("layer", "function"):
        return constant_of(call.arguments.get("inplace")) is True and constant_of(call.arguments.get("p")) != 0
    return call.site.place.path == model.path and call.site.place.at in changing
