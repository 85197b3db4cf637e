"""NN117: a sum over an epoch goes on over all epochs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.nests import Nest, bindings, reads, statements
from lintnn.values.assigned import walk

OF_DATA = ("loader", "data", "batch", "_dl", "iterator")


class MetricNotReset(Check[Report]):
    code = "NN117"
    name = "metric-not-reset"
    family = Family.TRAINING
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a sum is started once before all epochs and divided by what one epoch has"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Sums of a loop over data that are not set to zero in the loop around it, and averaged in each of its rounds."""
        told: set[str] = set()
        for nest in model.nests():
            if not _is_over_data(nest.inner):
                continue
            for name in sorted(_summed(nest.inner)):
                start = _start(nest, name)
                average = None if start is None else next(_averages(nest, name), None)
                if start is None or average is None or f"{nest.symbol}:{name}" in told:
                    continue
                told.add(f"{nest.symbol}:{name}")
                yield Report(
                    code=self.code,
                    place=Place(model.path, average.at),
                    message=f"`{name}` sums over all epochs so far, but is divided by what one epoch has.",
                    why="The average of epoch n is too large by a factor of about n, and hides whether training gets better.",
                    advice=f"Set `{name} = 0` at the beginning of every round of the outer loop.",
                    notes=(
                        Note(Place(model.path, start.at), "set to zero once, before the outer loop"),
                        Note(Place(model.path, nest.outer.at), "the outer loop"),
                    ),
                    symbol=nest.symbol,
                )


def _is_over_data(loop: ir.For) -> bool:
    names = [part.id if isinstance(part, ir.Name) else part.attr for part in walk(loop.iter) if isinstance(part, ir.Name | ir.Attribute)]
    return any(word in name.lower() for name in names for word in OF_DATA)


def _summed(loop: ir.For) -> set[str]:
    """The names that a loop adds to in every round."""
    return {
        one.target.id
        for one in statements(loop.body)
        if isinstance(one, ir.AugAssign) and one.operator == "+" and isinstance(one.target, ir.Name)
    }


def _start(nest: Nest, name: str) -> ir.Assign | None:
    """The one assignment of zero, before the outer loop."""
    inside = {id(one) for one in statements(nest.outer.body)}
    bound = bindings(nest.scope, name)
    within = [one for one in bound if id(one) in inside]
    before = [one for one in bound if id(one) not in inside and one.at < nest.outer.at]
    if len(before) != 1 or any(not isinstance(one, ir.AugAssign) for one in within):
        return None
    start = before[0]
    return start if isinstance(start, ir.Assign) and isinstance(start.value, ir.Literal) and start.value.value in (0, 0.0) else None


def _averages(nest: Nest, name: str) -> Iterator[ir.BinaryChain]:
    """Quotients, inside the outer loop, of the sum and of something that one epoch has."""
    counters = _names(nest.inner.target) if _is_enumerated(nest.inner) else set()
    rounds = _names(nest.outer.target) if isinstance(nest.outer, ir.For) else set()
    for statement in nest.outer.body:
        for part in walk(statement):
            if not isinstance(part, ir.BinaryChain):
                continue
            for index, operator in enumerate(part.operators):
                divisor = part.operands[index + 1]
                if operator != "/" or not reads(part.operands[index], name) or any(reads(part, one) for one in rounds):
                    continue
                if _is_length(divisor) or any(reads(divisor, one) for one in counters):
                    yield part


def _is_enumerated(loop: ir.For) -> bool:
    return isinstance(loop.target, ir.TupleExpr) and any(isinstance(part, ir.Name) and part.id == "enumerate" for part in walk(loop.iter))


def _names(target: ir.Expr) -> set[str]:
    first = target.items[0] if isinstance(target, ir.TupleExpr) and target.items else target
    return {first.id} if isinstance(first, ir.Name) else set()


def _is_length(divisor: ir.Expr) -> bool:
    """Whether a divisor is the length of a loader or of data: ``len(loader)``, ``len(loader.dataset)``."""
    return (
        isinstance(divisor, ir.Call)
        and isinstance(divisor.func, ir.Name)
        and divisor.func.id in ("len", "float")
        and any(isinstance(part, ir.Name) and part.id == "len" for part in walk(divisor))
    )
