"""NN408: a comparison with NaN."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel

MODULES = frozenset({"math", "np", "numpy", "torch"})
SPELLINGS = frozenset({"nan", "NaN", "NAN"})
OPERATORS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class NanComparison(Check[Report]):
    code = "NN408"
    name = "nan-comparison"
    family = Family.NUMERICS
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a comparison with NaN, which is the same for every value"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Comparisons one side of which is NaN."""
        for node in model.nodes(ir.CompareChain):
            for operator, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
                if operator in OPERATORS and (_is_nan(left) or _is_nan(right)):
                    always = operator == "!="
                    yield Report(
                        code=self.code,
                        place=Place(model.path, node.at),
                        message=f"A comparison with NaN by `{operator}` is {always} for every value, NaN included.",
                        why="NaN equals nothing, not even itself, so the test never sees one.",
                        advice="Write `torch.isnan(x)` for tensors, `math.isnan(x)` for numbers.",
                        confidence=Confidence.HIGH,
                    )


def _is_nan(node: ir.Expr) -> bool:
    if isinstance(node, ir.Attribute):
        return node.attr in SPELLINGS and isinstance(node.value, ir.Name) and node.value.id in MODULES
    if not isinstance(node, ir.Call) or len(node.args) != 1:
        return False
    argument = node.args[0].value
    if isinstance(node.func, ir.Name) and node.func.id == "float":
        return isinstance(argument, ir.Literal) and isinstance(argument.value, str) and argument.value.strip().lower().lstrip("+-") == "nan"
    return isinstance(node.func, ir.Attribute) and node.func.attr == "tensor" and _is_nan(argument)
