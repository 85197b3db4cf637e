"""NN506: a floor division where a ratio is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk


class IntegerDivisionTruncates(Check[Report]):
    code = "NN506"
    name = "integer-division-truncates"
    family = Family.DTYPES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "floor division of a sum of fractions or of a value with a gradient, where a ratio is meant"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Sums of fractions that are divided by a length with ``//``, and floor divisions through which a gradient should flow."""
        chains = [node for node in model.nodes(ir.BinaryChain) if "//" in node.operators]
        if not chains:
            return
        divided = {node.at: node for node in chains}
        for function in model.nodes(ir.Function):
            nodes = list(walk(function))
            totals = _totals(nodes)
            for node in nodes:
                if isinstance(node, ir.BinaryChain) and node.at in divided:
                    total = _average(node)
                    if total in totals:
                        divided.pop(node.at)
                        yield self._report(
                            Place(model.path, node.at),
                            f"`{total}` is a sum of fractions, and `//` cuts its average down to a whole number.",
                            "An average loss of 0.9 becomes 0; metrics of different models look the same.",
                            (Note(Place(model.path, totals[total]), "summed up here"),),
                        )
        for call in model.operation_calls("floor_divide"):
            found = model.tensor_where(call.subject, call.site, lambda tensor: tensor.attached is True and tensor.after != "argmax")
            if found is not None:
                why = "The result is a whole number and its gradient is 0 everywhere."
                yield self._report(call.site.place, "`//` cuts a value with a gradient down to a whole number.", why, model.trail(found[0]))

    def _report(self, place: Place, message: str, why: str, notes: tuple[Note, ...]) -> Report:
        return Report(
            code=self.code,
            place=place,
            message=message,
            why=why,
            advice="Write `/`.",
            notes=notes,
            confidence=Confidence.MEDIUM,
        )


def _totals(nodes: list[object]) -> dict[str, int]:
    """Variables that begin as a number with a decimal point and are added to, with the place of an addition."""
    fractions = {
        target.id
        for node in nodes
        if isinstance(node, ir.Assign) and isinstance(node.value, ir.Literal) and type(node.value.value) is float
        for target in node.targets
        if isinstance(target, ir.Name)
    }
    read_out = {name for node in nodes if isinstance(node, ir.Assign) and _is_read_out(node.value) for name in _names(node.targets)}
    return {
        node.target.id: node.at
        for node in nodes
        if isinstance(node, ir.AugAssign)
        and node.operator == "+"
        and isinstance(node.target, ir.Name)
        and (node.target.id in fractions or _is_read_out(node.value) or (isinstance(node.value, ir.Name) and node.value.id in read_out))
    }


def _names(targets: list[ir.Expr]) -> Iterator[str]:
    return (target.id for target in targets if isinstance(target, ir.Name))


def _is_read_out(node: ir.Expr) -> bool:
    """Whether an expression surely is a fraction that was read out of tensors: a mean, a loss, a logarithm."""
    calls = [part.func for part in walk(node) if isinstance(part, ir.Call)]
    names = {func.attr if isinstance(func, ir.Attribute) else func.id for func in calls if isinstance(func, (ir.Attribute, ir.Name))}
    return "item" in names and bool(names & FRACTIONS)


FRACTIONS = frozenset({"mean", "log10", "log", "sqrt", "criterion", "loss_fn", "mse_loss", "cross_entropy"})


def _average(node: ir.BinaryChain) -> str:
    """The variable that is divided by a length."""
    if len(node.operands) != 2 or not isinstance(node.operands[0], ir.Name):
        return ""
    divisor = node.operands[1]
    by_length = isinstance(divisor, ir.Call) and isinstance(divisor.func, ir.Name) and divisor.func.id == "len"
    return node.operands[0].id if by_length else ""
