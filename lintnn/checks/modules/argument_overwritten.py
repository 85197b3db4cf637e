"""NN813: an argument of forward that is rebound before anything reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk


class ArgumentOverwritten(Check[Report]):
    code = "NN813"
    name = "argument-overwritten"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "an argument of a method of a module is rebound before its first use, so what the caller passes is ignored"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Parameters of module methods whose first use on every way is an assignment."""
        for function in model.nodes(ir.Function):
            found = model.liveness(function)
            if found is None:
                continue
            for parameter in function.parameters:
                if parameter.kind not in ("plain", "positional", "keyword") or parameter.name in found.read_first:
                    continue
                store = _first_store(function, parameter.name)
                if store is None or parameter.name.startswith("_"):
                    continue
                yield Report(
                    code=self.code,
                    place=Place(model.path, store.at),
                    message=f"The argument `{parameter.name}` is overwritten before anything reads it.",
                    why="Whatever the caller passes is ignored.",
                    advice="Compute from the argument, store the result under another name, or drop the parameter.",
                    notes=(Note(Place(model.path, function.at), f"`{parameter.name}` is a parameter of `{function.name}`"),),
                    symbol=function.qualname,
                )


def _first_store(function: ir.Function, name: str) -> ir.Stmt | None:
    """The first assignment to the name; None if it is bound in other ways too (deleted, by a loop)."""
    stores = [node for node in _assignments(function) if any(_binds(target, name) for target in node.targets)]
    return min(stores, key=lambda node: node.at, default=None)


def _assignments(function: ir.Function) -> Iterator[ir.Assign]:
    return (node for node in walk(function) if isinstance(node, ir.Assign))


def _binds(target: ir.Expr, name: str) -> bool:
    if isinstance(target, (ir.TupleExpr, ir.ListExpr)):
        return any(_binds(item, name) for item in target.items)
    return isinstance(target, ir.Name) and target.id == name
