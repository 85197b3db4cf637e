"""NN124: everything that an optimizer was given is frozen."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.optimizers import Built, optimizers_built
from lintnn.model.syntax import Line, apart, argument, dotted, method_call, own, walk

HARMLESS = frozenset(
    {"to", "cuda", "cpu", "train", "eval", "parameters", "named_parameters", "state_dict", "half", "float", "modules", "children"}
)
"""Methods after which what is frozen is still frozen."""


class FrozenParametersOptimized(Check[Report]):
    code = "NN124"
    name = "frozen-parameters-optimized"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "an optimizer is given only parameters that were frozen before"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Optimizers over the parameters of one module, all frozen in the same function, with nothing in between that could change that."""
        if not model.mentions("requires_grad", "requires_grad_"):
            return
        for built in optimizers_built(model):
            if built.whole and len(built.sources) == 1:
                frozen = next((line for line in built.routine.lines if _is_all_frozen(built, line)), None)
                if frozen is not None and _stays_frozen(built, frozen):
                    yield self._report(model, built, frozen)

    def _report(self, model: SemanticModel, built: Built, frozen: Line) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, built.line.at),
            message=f"All parameters of `{built.sources[0]}` are frozen, and `{built.name}` gets nothing else.",
            why="No step changes anything: backward raises an error, or only other modules get gradients.",
            advice="Freeze first, then add or unfreeze what is to be trained, and give the optimizer that.",
            notes=(Note(Place(model.path, frozen.at), "frozen here"),),
            symbol=built.routine.name,
        )


def _is_all_frozen(built: Built, line: Line) -> bool:
    """Whether a statement freezes the module whose parameters the optimizer gets, or one around it."""
    source = built.sources[0]
    if line.at >= built.line.at or apart(line, built.line):
        return False
    if any(pair not in built.line.branches for pair in line.branches) or line.loops != built.line.loops:
        return False
    statement = line.statement
    if isinstance(statement, ir.For):
        called = method_call(statement.iter)
        return called is not None and called[1] == "parameters" and _covers(dotted(called[0]), source) and _freezes_each(statement)
    if isinstance(statement, ir.ExprStmt):
        called = method_call(statement.value)
        if called is not None and called[1] == "requires_grad_" and isinstance(statement.value, ir.Call):
            flag = argument(statement.value, 0, "requires_grad")
            return isinstance(flag, ir.Literal) and flag.value is False and _covers(dotted(called[0]), source)
    return False


def _covers(outer: str, inner: str) -> bool:
    return bool(outer) and (outer == inner or inner.startswith(f"{outer}."))


def _freezes_each(loop: ir.For) -> bool:
    """Whether the body of a loop over parameters freezes every one of them."""
    name = dotted(loop.target)
    if any(isinstance(statement, (ir.If, ir.Break, ir.Continue)) for statement in loop.body):
        return False
    for statement in loop.body:
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Literal) and statement.value.value is False:
            if any(dotted(target) == f"{name}.requires_grad" for target in statement.targets):
                return True
        if isinstance(statement, ir.ExprStmt) and isinstance(statement.value, ir.Call):
            called = method_call(statement.value)
            flag = argument(statement.value, 0, "requires_grad")
            if called is not None and called[1] == "requires_grad_" and dotted(called[0]) == name:
                return isinstance(flag, ir.Literal) and flag.value is False
    return False


def _stays_frozen(built: Built, frozen: Line) -> bool:
    """Whether nothing after the freezing may thaw or replace a part: between it and the optimizer the module is not touched, and
    later no gradient is switched on."""
    base = built.sources[0].partition(".")[0] if not built.sources[0].startswith("self.") else ".".join(built.sources[0].split(".")[:2])
    for line in built.routine.lines:
        if line.at <= frozen.at or line.at == built.line.at or any(loop is frozen.statement for loop in line.loops):
            continue
        for node in own(line.statement):
            if isinstance(node, ir.Attribute) and node.attr.startswith("requires_grad"):
                return False
            if isinstance(node, (ir.Name, ir.Attribute)) and "unfreeze" in dotted(node).rpartition(".")[2].lower():
                return False
            if line.at < built.line.at and isinstance(node, (ir.Name, ir.Attribute)) and dotted(node) == base and not _is_harmless(line):
                return False
    return True


def _is_harmless(line: Line) -> bool:
    """Whether all a statement does is to call methods of modules that leave parameters as they are, or to print."""
    calls = [node for node in own(line.statement) if isinstance(node, ir.Call)]
    names = [called[1] if (called := method_call(node)) is not None else dotted(node.func) for node in calls]
    return (
        bool(calls)
        and all(name in HARMLESS or name in ("print", "sum", "numel", "info") for name in names)
        and not any(
            isinstance(node, ir.Call) and isinstance(node.func, ir.Name) and node.func.id not in ("print", "sum")
            for node in walk(line.statement)
        )
    )
