"""NN154: a collective operation that only some processes reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.distributed import calls_in, depends_on_rank
from lintnn.model.syntax import Line, Routine, dotted, own

DEPENDENT = frozenset({"barrier", "collective"})


class RankConditionalCollective(Check[Report]):
    code = "NN154"
    name = "rank-conditional-collective"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a barrier or collective operation that only some processes reach, while the others wait for ever"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Collectives under a test of the rank that have no counterpart for the other processes, or after they have returned."""
        if not model.mentions("distributed"):
            return
        for routine in model.routines():
            calls = [(line, call, name) for line in routine.lines for call, name in _collectives(model, line)]
            for line, call, name in calls:
                at = _rank_test(routine, line)
                others = [other for other, _, kind in calls if other is not line and kind == name and _rank_test(routine, other)]
                if at and not others and not _returns_in(routine, at):
                    yield self._report(model, routine, call, name, at, "stands under a test of the rank")
                elif not at and (left := _early_return(routine, line)):
                    yield self._report(model, routine, call, name, left, "comes after other processes have returned")

    def _report(self, model: SemanticModel, routine: Routine, call: ir.Call, name: str, at: int, how: str) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, call.at),
            message=f"`{name}` {how}, and needs all processes.",
            why="The processes that reach it wait for the others until the time limit, half an hour by default, and then fail.",
            advice="Let every process call it, and guard only what one process should do.",
            notes=(Note(Place(model.path, at), "the processes part here"),),
            symbol=routine.name,
        )


def _collectives(model: SemanticModel, line: Line) -> Iterator[tuple[ir.Call, str]]:
    for node in own(line.statement):
        if isinstance(node, ir.Call):
            effect = lookup.effect(model.library_name(node.func))
            grouped = any(one.keyword == "group" or one.star for one in node.args)
            if effect is not None and effect.kind in DEPENDENT and not grouped:
                yield node, dotted(node.func).rpartition(".")[2]


def _rank_test(routine: Routine, line: Line) -> int:
    """The ``if`` around a statement that tests the rank; 0 if there is none."""
    branches = dict(line.branches)
    for other in routine.lines:
        if isinstance(other.statement, ir.If) and other.at in branches and any(depends_on_rank(arm.test) for arm in other.statement.arms):
            return other.at
    return 0


def _returns_in(routine: Routine, at: int) -> bool:
    """Whether an arm of the test leaves the function: then the rest of it is the other branch."""
    statement = next(line.statement for line in routine.lines if line.at == at)
    return (
        isinstance(statement, ir.If)
        and any(isinstance(node, ir.Return) for arm in statement.arms for node in arm.body)
        and any(calls_in(statement))
    )


def _early_return(routine: Routine, line: Line) -> int:
    """An earlier ``if rank != 0: return`` of the same function."""
    for other in routine.lines:
        statement = other.statement
        if other.at >= line.at or not isinstance(statement, ir.If) or other.branches != line.branches[: len(other.branches)]:
            continue
        for arm in statement.arms:
            if depends_on_rank(arm.test) and any(isinstance(node, ir.Return) for node in arm.body):
                return (
                    0 if any("barrier" in dotted(call.func) or "all_" in dotted(call.func) for call in calls_in(arm.body[0])) else other.at
                )
    return 0
