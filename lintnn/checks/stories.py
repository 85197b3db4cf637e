"""Reports that tell a broken protocol: the steps of the story become notes."""

from __future__ import annotations

from lintnn.checks.base import Check
from lintnn.events import Violation
from lintnn.findings import Note, Report
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
