"""Reports that tell a broken protocol: the steps of the story become notes."""

from __future__ import annotations

from msgspec.structs import replace

from lintnn.checks.base import Check
from lintnn.events import Violation
from lintnn.findings import Confidence, Note, Report
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import constant_of
from lintnn.values.happenings import EventKind, Trace

ROLES: dict[EventKind, str] = {
    EventKind.FORWARD: "the forward pass",
    EventKind.BACKWARD: "gradients are computed",
    EventKind.CLEAR: "gradients are cleared",
    EventKind.STEP: "the optimizer steps",
    EventKind.CLIP: "gradients are clipped",
    EventKind.SCALE: "the loss is scaled",
    EventKind.UNSCALE: "gradients are divided by the scale",
    EventKind.UPDATE: "the scaler is updated",
    EventKind.TRAIN: "training mode",
    EventKind.EVAL: "evaluation mode",
    EventKind.BUILD: "built",
    EventKind.LOAD: "weights are loaded",
}
"""What a step of a story is called in a note."""


def spelled(model: SemanticModel, violation: Violation) -> str:
    """How the code names the object of a report at its primary place: ``self.opt`` of ``self.opt.step()`` and
    ``scaler.step(self.opt)``, ``net`` of ``net(x)``."""
    place = violation.primary
    called = (call for call in model.nodes(ir.Call) if call.at == place.at) if place.path == model.path else ()
    info = model.class_of(violation.slot)
    methods = frozenset(info.methods) if info is not None else frozenset()
    through = any(step.event.at == place and step.event.kind is EventKind.STEP and len(step.event.subjects) > 1 for step in violation.steps)
    return next((_dotted(_subject(call, through, methods)) for call in called), "") or violation.label


def _subject(call: ir.Call, through: bool, methods: frozenset[str]) -> ir.Expr:
    """What a call is about. ``through``: it is what a scaler is given; ``methods``: what is not the name of a module."""
    if not isinstance(call.func, ir.Attribute) or call.func.attr not in _METHODS | methods:
        return call.func
    return call.args[0].value if through and call.args else call.func.value


_METHODS = frozenset({"step", "zero_grad", "train", "eval", "forward"})


def _dotted(expression: ir.Expr) -> str:
    """A dotted name as text; empty for anything else."""
    parts: list[str] = []
    while isinstance(expression, ir.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(parts)]) if isinstance(expression, ir.Name) else ""


def only_named(model: SemanticModel, violation: Violation) -> bool:
    """Whether a step of the story is a method that is named and not called, which is a report of its own."""
    named = {statement.site.place for statement in model.statements() if statement.what == "attribute"}
    return any(step.event.at in named for step in violation.steps)


def told(check: Check[Report], trace: Trace, violation: Violation, message: str, why: str, advice: str, loop: str = "") -> Report:
    """The report of a violation; ``loop`` says what the loop around it is."""
    notes: dict[Note, None] = {}
    for step in violation.steps:
        if step.event.at != violation.primary:
            notes.setdefault(Note(step.event.at, ROLES.get(step.event.kind, step.role)))
    if loop and violation.loop is not None:
        notes.setdefault(Note(violation.loop.at, loop))
    return Report(
        code=check.code,
        place=violation.primary,
        message=message,
        why=why,
        advice=advice,
        notes=tuple(notes),
        confidence=violation.confidence,
        symbol=trace.root,
    )


def switchable(model: SemanticModel, trace: Trace, report: Report) -> Report:
    """The report at lower confidence where a flag decides whether the scaler does anything."""
    scalers = [one for one, facts in trace.objects.items() if facts.kind == "scaler"]
    flags = [model.object(one).arguments.get("enabled") for one in scalers]
    if any(flag is not None and constant_of(flag) is not True for flag in flags):
        return replace(report, confidence=Confidence.MEDIUM)
    return report
