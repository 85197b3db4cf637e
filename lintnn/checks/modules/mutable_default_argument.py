"""NN814: a default value that calls share and change."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk

MAKERS = frozenset({"list", "dict", "set", "defaultdict", "OrderedDict", "deque"})
CHANGING = frozenset(
    {"append", "extend", "insert", "update", "add", "setdefault", "pop", "popitem", "remove", "discard", "clear", "sort", "appendleft"}
)
KEPT = ("cache", "memo", "registry")
"""Parts of names of defaults that are shared on purpose."""


class MutableDefaultArgument(Check[Report]):
    code = "NN814"
    name = "mutable-default-argument"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a default list, dict, set or layer that calls or modules share and change"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Defaults that the function changes, and defaults that are layers with weights."""
        weighted: frozenset[int] | None = None
        for function in model.nodes(ir.Function):
            for parameter in function.parameters:
                default = parameter.default
                if default is None or isinstance(default, (ir.Literal, ir.Name, ir.Attribute)):
                    continue
                if _is_container(default):
                    changed = None if any(part in parameter.name for part in KEPT) else _first_change(function, parameter.name)
                    if changed is not None:
                        yield self._of_container(model, function, parameter, changed)
                elif isinstance(default, ir.Call):
                    weighted = _weighted(model) if weighted is None else weighted
                    if default.at in weighted:
                        yield self._of_layer(model, function, parameter)

    def _of_container(self, model: SemanticModel, function: ir.Function, parameter: ir.Parameter, changed: int) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, parameter.default.at if parameter.default is not None else function.at),
            message=f"The default of `{parameter.name}` is made once, and this function changes it.",
            why="Every later call without the argument finds what the earlier calls left in it.",
            advice=f"Write `{parameter.name}=None` and make a new one in the body.",
            notes=(Note(Place(model.path, changed), "it is changed here"),),
            symbol=function.qualname,
        )

    def _of_layer(self, model: SemanticModel, function: ir.Function, parameter: ir.Parameter) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, parameter.default.at if parameter.default is not None else function.at),
            message=f"The default of `{parameter.name}` is one layer with weights, made when the function is defined.",
            why="All modules that are built without the argument share its weights and statistics.",
            advice=f"Write `{parameter.name}=None` and build the layer in the body.",
            symbol=function.qualname,
        )


def _is_container(default: ir.Expr) -> bool:
    if isinstance(default, (ir.ListExpr, ir.DictExpr, ir.SetExpr)):
        return True
    return isinstance(default, ir.Call) and isinstance(default.func, ir.Name) and default.func.id in MAKERS and not default.args


def _first_change(function: ir.Function, name: str) -> int | None:
    """Where the function changes the object that the parameter names; None if it binds the name to something else."""
    changes: list[int] = []
    for node in walk(function):
        match node:
            case ir.Assign() if any(isinstance(target, ir.Name) and target.id == name for target in node.targets):
                return None
            case ir.Call(func=ir.Attribute(value=ir.Name(id=found), attr=method)) if found == name and method in CHANGING:
                changes.append(node.at)
            case ir.Assign() if any(_is_item(target, name) for target in node.targets):
                changes.append(node.at)
            case ir.AugAssign(target=target) if _is_item(target, name) or (isinstance(target, ir.Name) and target.id == name):
                changes.append(node.at)
    return min(changes, default=None)


def _is_item(target: ir.Expr, name: str) -> bool:
    return isinstance(target, ir.Subscript) and isinstance(target.value, ir.Name) and target.value.id == name


def _weighted(model: SemanticModel) -> frozenset[int]:
    """The calls in this file that build a layer with weights or statistics."""
    found: set[int] = set()
    for made in model.constructions():
        layer = model.object(made.object).layer if made.object is not None else None
        if layer is not None and (layer.has_parameters or layer.mode == "statistics"):
            found.add(made.site.place.at)
    return frozenset(found)
