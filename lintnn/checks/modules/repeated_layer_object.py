"""NN806: one layer object at several places of a list."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk


class RepeatedLayerObject(Check[Report]):
    code = "NN806"
    name = "repeated-layer-object"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`[layer] * n` holds one layer n times: the places share their weights"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Products of a number and a list, in which a layer with weights is built or was built just before."""
        products = [node for node in model.nodes(ir.BinaryChain) if _list_of(node) is not None]
        repeated = [node for node in model.nodes(ir.Comprehension) if node.kind == "list" and isinstance(node.element, ir.Name)]
        if not products and not repeated:
            return
        weighted = _weighted(model)
        for function in model.nodes(ir.Function):
            built = _built_before(function, weighted)
            for node in walk(function):
                part = _repeated_part(node, weighted, built)
                if part is not None:
                    yield self._report(model, function, part, built)

    def _report(self, model: SemanticModel, function: ir.Function, part: ir.Expr, built: dict[str, int]) -> Report:
        made = built.get(part.id) if isinstance(part, ir.Name) else None
        return Report(
            code=self.code,
            place=Place(model.path, part.at),
            message="The list holds one layer several times, not several layers.",
            why="All its places share one set of weights: a stack of n has the weights of one, and each step changes all of them.",
            advice="Build a new layer each time: `[make() for _ in range(n)]`.",
            notes=() if made is None else (Note(Place(model.path, made), "the one layer is built here"),),
            symbol=function.qualname,
        )


def _list_of(node: ir.BinaryChain) -> ir.ListExpr | None:
    """The list in ``[…] * n`` or ``n * […]``."""
    if node.operators != ["*"]:
        return None
    return next((operand for operand in node.operands if isinstance(operand, ir.ListExpr)), None)


def _weighted(model: SemanticModel) -> frozenset[int]:
    """The calls in this file that build a layer or a module with weights or statistics."""
    found: set[int] = set()
    for made in model.constructions():
        layer = model.object(made.object).layer if made.object is not None else None
        if layer is not None and (layer.has_parameters or layer.mode == "statistics") and made.site.place.path == model.path:
            found.add(made.site.place.at)
    classes = {info.name for info in model.classes() if info.is_module}
    found |= {node.at for node in model.nodes(ir.Call) if isinstance(node.func, ir.Name) and node.func.id in classes}
    return frozenset(found)


def _built_before(function: ir.Function, weighted: frozenset[int]) -> dict[str, int]:
    """Local names that are bound once, to a layer with weights."""
    bound: dict[str, list[ir.Assign]] = {}
    for node in walk(function):
        if isinstance(node, ir.Assign):
            for target in node.targets:
                if isinstance(target, ir.Name):
                    bound.setdefault(target.id, []).append(node)
    return {name: stores[0].at for name, stores in bound.items() if len(stores) == 1 and stores[0].value.at in weighted}


def _repeated_part(node: object, weighted: frozenset[int], built: dict[str, int]) -> ir.Expr | None:
    if isinstance(node, ir.BinaryChain):
        made = _list_of(node)
        for item in made.items if made is not None else ():
            if item.at in weighted or (isinstance(item, ir.Name) and item.id in built):
                return item
    if isinstance(node, ir.Comprehension) and node.kind == "list" and isinstance(node.element, ir.Name) and node.element.id in built:
        return node.element
    return None
