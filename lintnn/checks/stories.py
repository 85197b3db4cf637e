"""Reports that tell a broken protocol: the steps of the story become notes."""

from __future__ import annotations

from msgspec.structs import replace

from lintnn.checks.base import Check
from lintnn.events import Violation
from lintnn.findings import Confidence, Note, Report
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
