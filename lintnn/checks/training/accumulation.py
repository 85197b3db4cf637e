"""Loops over batches that step their optimizer once in every few, as the source has them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.nests import statements
from lintnn.values.assigned import walk
from lintnn.values.happenings import EventKind, events_of


class Accumulating(Struct, frozen=True):
    """A loop with a counter of batches, and the branch in it that steps every few. ``number``: after how many. ``after``: the statements
    that follow the loop in its function."""

    loop: ir.For
    branch: ir.If
    counter: str
    number: ir.Expr
    step: int
    symbol: str
    after: list[ir.Stmt]

    @property
    def exact(self) -> bool:
        """Whether it steps only if the number divides the counter."""
        return isinstance(self.branch.arms[0].test, ir.CompareChain)


def accumulating(model: SemanticModel) -> Iterator[Accumulating]:
    """The loops over ``enumerate(…)`` in which a branch on the counter alone steps an optimizer, and nothing else does."""
    loops = [loop for loop in model.nodes(ir.For) if _counter(loop)]
    if not loops:
        return
    steps = {
        event.at.at
        for trace in model.traces()
        for event in events_of(trace.tree)
        if event.kind is EventKind.STEP and event.at.path == model.path
    }
    if not steps:
        return
    scopes = [("<module>", model.module.body), *((one.function.qualname, one.function.body) for one in model.nodes(ir.FunctionDef))]
    for symbol, body in scopes:
        known = list(statements(body))
        for loop in (one for one in known if isinstance(one, ir.For) and _counter(one)):
            found = _branch(loop, steps)
            if found is not None:
                branch, number, step = found
                inside = {id(one) for one in statements(loop.body)}
                after = [one for one in known if one.at > loop.at and id(one) not in inside and one is not loop]
                yield Accumulating(loop, branch, _counter(loop), number, step, symbol, after)


def _counter(loop: ir.For) -> str:
    """The name that ``enumerate`` counts in."""
    if not isinstance(loop.target, ir.TupleExpr) or not loop.target.items or not isinstance(loop.target.items[0], ir.Name):
        return ""
    enumerated = any(isinstance(part, ir.Name) and part.id == "enumerate" for part in walk(loop.iter))
    return loop.target.items[0].id if enumerated else ""


def _branch(loop: ir.For, steps: set[int]) -> tuple[ir.If, ir.Expr, int] | None:
    """The one branch on the counter that steps, what it divides by, and the step."""
    stepping = [(one, part.at) for one in loop.body for part in walk(one) if isinstance(part, ir.Call) and part.at in steps]
    branches = {id(one): one for one, _ in stepping}
    if len(branches) != 1:
        return None
    branch = next(iter(branches.values()))
    if not isinstance(branch, ir.If) or len(branch.arms) != 1 or branch.orelse:
        return None
    number = _divisor(branch.arms[0].test, _counter(loop))
    return None if number is None else (branch, number, stepping[0][1])


def _divisor(test: ir.Expr, counter: str) -> ir.Expr | None:
    """``n`` of a test that is ``(i + 1) % n == 0``, or that with other occasions."""
    if isinstance(test, ir.BoolChain) and test.operator == "or":
        return next((found for one in test.operands if (found := _divisor(one, counter)) is not None), None)
    if not isinstance(test, ir.CompareChain) or test.operators != ["=="] or not isinstance(test.operands[0], ir.BinaryChain):
        return None
    chain = test.operands[0]
    counted = any(isinstance(part, ir.Name) and part.id == counter for part in walk(chain.operands[0]))
    return chain.operands[1] if chain.operators == ["%"] and counted else None
