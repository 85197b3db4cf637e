"""NN122: a layer or model is replaced after the optimizer took its parameters."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.optimizers import Built, is_optimizer, optimizers_built
from lintnn.model.syntax import Line, apart, assigned_value, dotted, method_call, own, targets, walk


class ModuleReplacedAfterOptimizer(Check[Report]):
    code = "NN122"
    name = "module-replaced-after-optimizer"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a layer or the model is replaced after the optimizer took its parameters"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """New layers and models under a name whose parameters an optimizer has already taken, which goes on to be used."""
        for built in optimizers_built(model):
            for line in built.routine.lines:
                source = _replaced(model, built, line)
                if source and not apart(line, built.line) and _goes_on(model, built, line):
                    yield self._report(model, built, line, source)

    def _report(self, model: SemanticModel, built: Built, line: Line, source: str) -> Report:
        replaced = next((text for target in targets(line.statement) if (text := dotted(_whole(target)))), source)
        return Report(
            code=self.code,
            place=Place(model.path, line.at),
            message=f"`{replaced}` is new here, but `{built.name}` took the parameters of `{source}` before.",
            why="The optimizer goes on changing the old tensors, which nothing uses any more; the new ones are never trained.",
            advice="Build the optimizer after the last change of the model.",
            notes=(Note(Place(model.path, built.line.at), f"`{built.name}` is built here"),),
            symbol=built.routine.name,
        )


def _whole(target: ir.Expr) -> ir.Expr:
    while isinstance(target, ir.Subscript):
        target = target.value
    return target


def _replaced(model: SemanticModel, built: Built, line: Line) -> str:
    """The module, among those the optimizer took, of which a statement replaces a part or all."""
    if line.at <= built.line.at or line.loops[: len(built.line.loops)] != built.line.loops:
        return ""
    value = assigned_value(line.statement)
    if not isinstance(value, ir.Call):
        return ""
    for target in targets(line.statement):
        text = dotted(_whole(target))
        for source in built.sources:
            if text.startswith(f"{source}.") or (text == source and isinstance(target, ir.Subscript)):
                return source if _is_weighted_layer(model, value) else ""
            if text == source and _is_other_model(model, value, source):
                return source
    return ""


def _is_weighted_layer(model: SemanticModel, call: ir.Call) -> bool:
    """Whether a call builds a layer with weights, or a sequence of layers with one."""
    layer = lookup.layer(model.library_name(call.func))
    if layer is None:
        return False
    if layer.has_parameters:
        return True
    return any(isinstance(one.value, ir.Call) and _is_weighted_layer(model, one.value) for one in call.args)


def _is_other_model(model: SemanticModel, call: ir.Call, source: str) -> bool:
    """Whether a call surely gives another model: a constructor that does not see the old one, or one that is read from a file."""
    names = {dotted(node) for node in walk(call) if isinstance(node, (ir.Name, ir.Attribute))}
    if source in names or any(name.startswith(f"{source}.") for name in names):
        return model.library_name(call.func) == "copy.deepcopy" and len(call.args) == 1 and dotted(call.args[0].value) == source
    inner: ir.Expr = call
    while (called := method_call(inner)) is not None and called[1] in ("to", "cuda", "cpu", "train", "eval", "half", "float"):
        inner = called[0]
    if not isinstance(inner, ir.Call):
        return False
    name = model.library_name(inner.func)
    if name == "torch.load" or lookup.layer(name) is not None or lookup.loader_of_module(name) is not None:
        return True
    text = dotted(inner.func)
    return bool(text) and any(info.name == text and info.is_module for info in model.classes())


def _goes_on(model: SemanticModel, built: Built, after: Line) -> bool:
    """Whether the same optimizer steps, or is handed on, after a statement, without being given what is new."""
    used = False
    for line in built.routine.lines:
        if line.at <= after.at or apart(line, after):
            continue
        if any(dotted(target) == built.name for target in targets(line.statement)):
            return used
        if any(_asks(node, built.name) == "add_param_group" for node in own(line.statement)):
            return False
        used |= any(_asks(node, built.name) == "step" or _hands_on(model, node, built.name) for node in own(line.statement))
        used |= isinstance(line.statement, ir.Return) and any(dotted(node) == built.name for node in walk(line.statement))
    if not used and built.name.startswith("self.") and built.routine.name.endswith(".__init__"):
        others = [other for other in model.routines() if other.owner is built.routine.owner and other is not built.routine]
        return any(_asks(node, built.name) == "step" for other in others for line in other.lines for node in own(line.statement))
    return used


def _asks(node: object, name: str) -> str:
    """The method of the optimizer that a node calls."""
    called = method_call(node)
    return called[1] if called is not None and dotted(called[0]) == name else ""


def _hands_on(model: SemanticModel, node: object, name: str) -> bool:
    return isinstance(node, ir.Call) and not is_optimizer(model, node) and any(dotted(one.value) == name for one in node.args)
