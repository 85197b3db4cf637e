"""NN114: a graph is kept for a second backward that never comes."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.expressions import call_at
from lintnn.values.domain import Tensor, Value, facts
from lintnn.values.happenings import EventKind, events_of
from lintnn.values.records import BackwardCall, Site


class NeedlessRetainGraph(Check[Report]):
    code = "NN114"
    name = "needless-retain-graph"
    family = Family.TRAINING
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "retain_graph=True where every iteration builds a new graph and goes back through it once"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Retained graphs in a loop that has no other backward, takes nothing with a graph from outside and carries nothing on."""
        if not model.mentions("backward") or not any(_retained(call) is not None for call in model.nodes(ir.Call)):
            return
        told: set[Place] = set()
        for call in model.backward_calls():
            node = call_at(model, call.site.place)
            kept = None if node is None else _retained(node)
            if kept is None or call.site.place in told or not _is_needless(model, call):
                continue
            told.add(call.site.place)
            yield Report(
                code=self.code,
                place=call.site.place,
                message="The graph is kept, and nothing goes back through it a second time.",
                why="Its activations stay in memory until the loss is replaced, next to those of the following iteration.",
                advice="Leave `retain_graph=True` out; if that raises an error, something carries an old graph on.",
                notes=(Note(Place(model.path, call.site.loops[-1]), "every iteration builds a new graph"),),
                symbol=call.site.symbol,
            )


def _retained(call: ir.Call) -> ir.Expr | None:
    """The ``True`` of ``retain_graph=True``, unless a graph of the gradients is wanted."""
    if any(argument.keyword == "create_graph" for argument in call.args):
        return None
    found = (argument.value for argument in call.args if argument.keyword == "retain_graph")
    return next((value for value in found if isinstance(value, ir.Literal) and value.value is True), None)


def _is_needless(model: SemanticModel, call: BackwardCall) -> bool:
    loops = call.site.loops
    if not loops or not all(type(fact) is Tensor and fact.attached is True for fact in facts(call.value)):
        return False
    if any(one.site.place != call.site.place and _shares(one.site, loops) for one in model.backward_calls()):
        return False
    if any(_shares(one.site, loops) for one in model.carried()):
        return False
    fresh = any(_shares(one.site, loops) for one in model.loss_calls())
    return fresh and not _takes_from_outside(model, call) and not _may_go_back_again(model, call)


def _shares(site: Site, loops: tuple[int, ...]) -> bool:
    """Whether something happens in the innermost of these loops, at any depth."""
    return loops[-1] in site.loops


def _takes_from_outside(model: SemanticModel, call: BackwardCall) -> bool:
    """Whether something with a graph was computed before the loop, in the same run."""
    inner = call.site.loops[-1]
    outside = (one for one in model.operation_calls() if inner not in one.site.loops and one.site.grad is not False)
    if any(one.site.symbol == call.site.symbol and _attached(one.result) for one in outside):
        return True
    return any(
        event.kind is EventKind.FORWARD and event.grad is not False and event.at.path == model.path and not _is_in(model, event.at, inner)
        for trace in model.traces()
        if trace.root == call.site.symbol
        for event in events_of(trace.tree)
    )


def _is_in(model: SemanticModel, place: Place, loop: int) -> bool:
    """Whether a place stands within a loop of this file, or in a function that may be called there."""
    return place.at > loop


def _attached(value: Value) -> bool:
    return any(
        type(fact) is Tensor and fact.attached is not False and fact.role != "parameter" and bool(fact.sources) for fact in facts(value)
    )


def _may_go_back_again(model: SemanticModel, call: BackwardCall) -> bool:
    """Whether something unknown in the loop computes gradients."""
    return any(
        event.kind is EventKind.UNKNOWN and event.detail == "autograd.grad" for trace in model.traces() for event in events_of(trace.tree)
    )
