"""NN203: an evaluation builds graphs that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.modes.own_parts import calls_of_own_parts
from lintnn.checks.stories import told
from lintnn.events import Violation
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.happenings import Trace

METRICS = ("argmax", "max", "topk")
GLOBAL_SWITCH = "set_grad_enabled"


class MissingNoGrad(Check[Report]):
    code = "NN203"
    name = "missing-no-grad"
    family = Family.MODES
    severity = Severity.WARNING
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "an evaluation pass runs with gradients on"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Forward passes of an evaluation with gradients on; the first one of each loop."""
        if _switched_off(model):
            return
        covered = {call.site.place for call in model.module_calls() if call.site.grad is not True}
        covered.update(calls_of_own_parts(model))
        measured = {call.site.loops[-1] for call in model.operation_calls(*METRICS) if call.site.loops}
        for trace, violation in _first_of_each(model):
            if violation.primary in covered or trace.objects[violation.slot].frozen:
                continue
            if violation.assumption and (violation.loop is None or violation.loop.at.at not in measured):
                continue
            yield told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` is evaluated here with gradients on, and nobody uses the graph.",
                why="Every layer keeps its inputs for a backward pass that never comes: 25 MB for one batch of 64 small images.",
                advice="Put the evaluation under `with torch.no_grad():`.",
                loop="this loop evaluates",
            )


def _switched_off(model: SemanticModel) -> bool:
    """Whether the file turns gradients off by a call of its own, or data by data as old versions did."""
    if any(argument.keyword == "volatile" for call in model.nodes(ir.Call) for argument in call.args):
        return True
    return any(
        isinstance(statement.value, ir.Call)
        and isinstance(statement.value.func, ir.Attribute)
        and statement.value.func.attr == GLOBAL_SWITCH
        for statement in model.nodes(ir.ExprStmt)
    )


def _first_of_each(model: SemanticModel) -> Iterator[tuple[Trace, Violation]]:
    """The violations, the first one of each loop, or of each root where there is no loop."""
    seen: set[Place | str] = set()
    for trace, violation in model.violations("missing-no-grad"):
        where = violation.loop.at if violation.loop is not None else trace.root
        if where not in seen:
            seen.add(where)
            yield trace, violation
