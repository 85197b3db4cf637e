"""NN155: asynchronous communication that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.syntax import Line, Routine, argument, assigned_value, dotted, targets, walk

SENDS = frozenset({"torch.distributed.isend", "torch.distributed.irecv"})


class UnawaitedDistributedWork(Check[Report]):
    code = "NN155"
    name = "unawaited-distributed-work"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "isend, irecv or an asynchronous collective whose handle is never waited for"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Asynchronous calls whose handle is dropped, or kept under a name that is never read."""
        if not model.mentions("isend", "irecv", "async_op", "distributed"):
            return
        for routine in model.routines():
            for line in routine.lines:
                value = line.statement.value if isinstance(line.statement, ir.ExprStmt) else assigned_value(line.statement)
                if isinstance(value, ir.Call) and _is_asynchronous(model, value) and _is_dropped(routine, line):
                    yield Report(
                        code=self.code,
                        place=Place(model.path, value.at),
                        message=f"`{dotted(value.func)}` returns at once, and nothing waits for its handle.",
                        why="The tensor is read or reused while the transfer still runs: results differ from run to run.",
                        advice="Keep the handle and call `wait()` before the tensor is used.",
                        symbol=routine.name,
                    )


def _is_asynchronous(model: SemanticModel, call: ir.Call) -> bool:
    name = model.library_name(call.func)
    if name in SENDS:
        return True
    effect = lookup.effect(name)
    flag = argument(call, -1, "async_op")
    return effect is not None and effect.kind == "collective" and isinstance(flag, ir.Literal) and flag.value is True


def _is_dropped(routine: Routine, line: Line) -> bool:
    if isinstance(line.statement, ir.ExprStmt):
        return True
    names = [dotted(target) for target in targets(line.statement)]
    if len(names) != 1 or not names[0] or "." in names[0]:
        return False
    stored = {id(target) for other in routine.lines for target in targets(other.statement)}
    body = (
        routine.function.body
        if routine.function is not None
        else [other.statement for other in routine.lines if not other.loops and not other.branches]
    )
    return not any(
        isinstance(node, ir.Name) and node.id == names[0] and id(node) not in stored for statement in body for node in walk(statement)
    )
