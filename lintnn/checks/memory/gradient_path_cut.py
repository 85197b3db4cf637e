"""NN704: the loss is cut from the model on its way to backward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.domain import Fact, Tensor
from lintnn.values.records import OperationCall

CUTS = ("item", "detach", "numpy", "tolist")


class GradientPathCut(Check[Report]):
    code = "NN704"
    name = "gradient-path-cut"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a value on the way to `backward()` is cut from the model by `item()`, `detach()`, `.data` or numpy"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Cuts of trained values on the way to ``backward()``: whole paths, and terms that a sum loses."""
        if not model.mentions("backward"):
            return
        cuts = {call.site.place.at: call for call in model.operation_calls(*CUTS) if self._cuts(model, call)}
        reported: set[int] = set()
        for backward in model.backward_calls():
            value = backward.value
            if type(value) is not Tensor or value.attached is not False or value.sources:
                continue
            for at, call in cuts.items():
                if at not in reported and model.origin(call.site.place) in value.lineage:
                    reported.add(at)
                    yield self._report(call, Note(backward.site.place, "`backward()` is called on what was computed from it"))
        for function in model.nodes(ir.Function):
            for at, sum_at in _lost_terms(function):
                if at not in reported:
                    reported.add(at)
                    note = Note(Place(model.path, sum_at), "what is left of it is added to the loss here")
                    yield self._of_term(function, Place(model.path, at), note, at in cuts)

    def _of_term(self, function: ir.Function, place: Place, note: Note, certain: bool) -> Report:
        return Report(
            code=self.code,
            place=place,
            message="This term is cut from the model, and what is left of it is added to the loss.",
            why="A number without a graph adds nothing to the gradient: what computed the term does not learn from it.",
            advice="Add the tensor to the loss, and give the number for logging another name.",
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
            notes=(note,),
            symbol=function.qualname,
        )

    def _cuts(self, model: SemanticModel, call: OperationCall) -> bool:
        return (
            call.site.place.path == model.path
            and call.site.grad is not False
            and model.certainly(call.subject, _hangs_on_parameters, call.site) is not None
        )

    def _report(self, call: OperationCall, note: Note) -> Report:
        name = "data" if call.spelling == "attribute" else f"{call.operation.name}()"
        return Report(
            code=self.code,
            place=call.site.place,
            message=f"`{name}` cuts this value from the model, and the loss is computed from the result.",
            why="No gradient passes here: what computed the value does not learn from this loss.",
            advice="Keep the tensor for the loss, and use the number for logging only.",
            notes=(note,),
            symbol=call.site.symbol,
        )


def _hangs_on_parameters(fact: Fact) -> bool:
    return type(fact) is Tensor and fact.attached is True and bool(fact.sources) and not fact.array


def _lost_terms(function: ir.Function) -> Iterator[tuple[int, int]]:
    """``part = part.item()`` whose number is then added to something that goes backward: where it is cut, and where it is added."""
    nodes = sorted((node for node in walk(function) if isinstance(node, (ir.Assign, ir.AugAssign, ir.Call))), key=lambda node: node.at)
    backward = {name: node.at for node in nodes if isinstance(node, ir.Call) and (name := _goes_backward(node))}
    for node in nodes if backward else ():
        if not isinstance(node, ir.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ir.Name):
            continue
        name = node.targets[0].id
        cut = _cut_of(node.value, name)
        if cut is None or backward.get(name, node.at) < node.at:
            continue
        for later in nodes:
            total = _sum_with(later, name)
            if total and total != name and later.at > node.at and backward.get(total, -1) > later.at:
                yield cut.at, later.at
                break


def _cut_of(expression: ir.Expr, name: str) -> ir.Call | None:
    """The first cut in ``name.detach().cpu().item()``, a chain of methods on the name."""
    found: ir.Call | None = None
    while isinstance(expression, ir.Call) and isinstance(expression.func, ir.Attribute):
        if expression.func.attr in CUTS:
            found = expression
        expression = expression.func.value
    return found if isinstance(expression, ir.Name) and expression.id == name else None


def _goes_backward(node: ir.Call) -> str:
    """The name on which ``backward`` is called."""
    func = node.func
    return func.value.id if isinstance(func, ir.Attribute) and func.attr == "backward" and isinstance(func.value, ir.Name) else ""


def _sum_with(node: object, name: str) -> str:
    """The name that gets a sum with ``name`` as a term."""
    if isinstance(node, ir.AugAssign) and node.operator == "+" and isinstance(node.target, ir.Name):
        return node.target.id if any(isinstance(part, ir.Name) and part.id == name for part in walk(node.value)) else ""
    if isinstance(node, ir.Assign) and isinstance(node.value, ir.BinaryChain) and isinstance(node.targets[0], ir.Name):
        if any(isinstance(part, ir.Name) and part.id == name for part in walk(node.value)):
            return node.targets[0].id
    return ""
