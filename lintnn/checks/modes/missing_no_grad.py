"""NN203: an evaluation builds graphs that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.modes.own_parts import calls_of_own_parts
from lintnn.checks.stories import spelled, told
from lintnn.events import Violation
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.happenings import Event, EventKind, Trace, events_of

METRICS = ("argmax", "max", "topk")
CUTS = ("detach", "item", "numpy")
SCRIPT = "<module>"
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
        covered = {event.at for trace in model.traces() for event in events_of(trace.tree) if _may_lack_graph(event)}
        covered.update(calls_of_own_parts(model))
        measured = {call.site.loops[-1] for call in model.operation_calls(*METRICS) if call.site.loops}
        cut = {call.site.symbol for call in model.operation_calls(*METRICS, *CUTS)}
        for trace, violation in _first_of_each(model):
            if violation.primary in covered or trace.objects[violation.slot].frozen:
                continue
            if violation.assumption and (violation.loop is None or violation.loop.at.at not in measured):
                continue
            name = spelled(model, violation)
            report = told(
                self,
                trace,
                violation,
                message=f"`{name}` is evaluated here with gradients on, and nobody uses the graph.",
                why="Every layer keeps its inputs for a backward pass that never comes (25 MB for 64 small images in a small network).",
                advice="Put the evaluation under `with torch.no_grad():`.",
                loop="this loop evaluates",
            )
            if _differentiates_elsewhere(model, violation.primary):
                report = replace(report, confidence=Confidence.MEDIUM)
            clear = violation.loop is not None or trace.root == SCRIPT or trace.root in cut
            yield report if clear else replace(report, confidence=Confidence.MEDIUM)


def _differentiates_elsewhere(model: SemanticModel, place: Place) -> bool:
    """Whether the innermost loop around a place, or the function where there is none, computes gradients on another path."""
    if place.path != model.path:
        return False
    for kind in (ir.For, ir.Function):
        blocks = (list(walk(node)) for node in model.nodes(kind))
        around = [parts for parts in blocks if any(isinstance(part, ir.Call) and part.at == place.at for part in parts)]
        if around:
            return any(isinstance(part, ir.Attribute) and part.attr in ("backward", "autograd") for part in min(around, key=len))
    return False


def _may_lack_graph(event: Event) -> bool:
    return event.kind is EventKind.FORWARD and event.grad is not True


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
