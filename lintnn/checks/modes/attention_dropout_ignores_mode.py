"""NN206: dropout of attention is on in every mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo

RATE = 4
"""The place of ``dropout_p`` among the positional arguments."""


class AttentionDropoutIgnoresMode(Check[Report]):
    code = "NN206"
    name = "attention-dropout-ignores-mode"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`scaled_dot_product_attention` gets a `dropout_p` that does not follow the mode of its module"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls in methods of modules whose ``dropout_p`` is a number or an attribute of the module, with no word of the mode near."""
        if not model.mentions("scaled_dot_product_attention"):
            return
        for info, function in model.module_methods():
            if any(isinstance(node, ir.Attribute) and node.attr == "training" for node in walk(function)):
                continue
            for node in walk(function):
                rate = _rate(node)
                if isinstance(node, ir.Call) and rate is not None and _is_constant_rate(info, rate):
                    yield Report(
                        code=self.code,
                        place=Place(model.path, node.at),
                        message="`scaled_dot_product_attention` drops attention weights in every mode.",
                        why="The function knows no mode: after `eval()` predictions stay random.",
                        advice="Pass `dropout_p=self.dropout if self.training else 0.0`.",
                        notes=(Note(Place(model.path, rate.at), "the rate does not depend on the mode"),),
                        symbol=f"{info.name}.{function.name}",
                    )


def _rate(node: object) -> ir.Expr | None:
    """The ``dropout_p`` of a call of the function, by keyword or as its fifth argument."""
    if not isinstance(node, ir.Call):
        return None
    name = node.func.attr if isinstance(node.func, ir.Attribute) else node.func.id if isinstance(node.func, ir.Name) else ""
    if name != "scaled_dot_product_attention" or any(argument.star for argument in node.args):
        return None
    named = {argument.keyword: argument.value for argument in node.args if argument.keyword}
    positional = [argument.value for argument in node.args if argument.keyword is None]
    return named.get("dropout_p") or (positional[RATE] if len(positional) > RATE else None)


def _is_constant_rate(info: ClassInfo, rate: ir.Expr) -> bool:
    """A number above 0, or an attribute that only ``__init__`` sets."""
    if isinstance(rate, ir.Literal):
        return isinstance(rate.value, (int, float)) and rate.value > 0
    while isinstance(rate, ir.Attribute) and isinstance(rate.value, ir.Attribute) and rate.attr == "p":
        rate = rate.value
    if not isinstance(rate, ir.Attribute) or not isinstance(rate.value, ir.Name) or rate.value.id != "self" or rate.attr in info.methods:
        return False
    stores = [function.name for function, target in _stores(info) if target.attr == rate.attr]
    return bool(stores) and set(stores) == {"__init__"}


def _stores(info: ClassInfo) -> Iterator[tuple[ir.Function, ir.Attribute]]:
    for statement in info.node.body:
        if isinstance(statement, ir.FunctionDef):
            for node in walk(statement.function):
                for target in node.targets if isinstance(node, ir.Assign) else ():
                    if isinstance(target, ir.Attribute):
                        yield statement.function, target
