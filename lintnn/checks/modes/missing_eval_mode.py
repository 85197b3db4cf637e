"""NN201: a model is evaluated in training mode."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.modes.own_parts import calls_of_own_parts, module_classes
from lintnn.checks.stories import spelled, told
from lintnn.events import LoopRole, Violation
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.happenings import EventKind, ObjectId, Trace, events_of


class MissingEvalMode(Check[Report]):
    code = "NN201"
    name = "missing-eval-mode"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a model with dropout or batch normalisation is evaluated on a path without eval()"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Forward passes without gradients of a mode-dependent module that is certainly in training mode."""
        own = frozenset(calls_of_own_parts(model))
        modules = module_classes(model)
        switched = _switched_somewhere(model)
        for trace, violation in model.violations("missing-eval-mode"):
            if violation.assumption or violation.primary in own or not _is_evaluation(violation):
                continue
            trained = any(step.event.kind is EventKind.BACKWARD for step in violation.steps)
            if not trained and (trace.root.rpartition(".")[0] in modules or switched.get(violation.slot, {trace.root}) != {trace.root}):
                continue
            confidence = _confidence(trace, violation)
            if confidence is None:
                continue
            name = spelled(model, violation)
            report = told(
                self,
                trace,
                violation,
                message=f"`{name}` is evaluated here in training mode: no `eval()` was called on this path.",
                why="Dropout keeps zeroing activations, and BatchNorm normalises by the batch at hand and learns from it.",
                advice=f"Call `{name}.eval()` before, and `{name}.train()` before training goes on.",
                loop="this loop evaluates",
            )
            yield replace(report, confidence=confidence)


def _is_evaluation(violation: Violation) -> bool:
    """Whether the pass is no part of a training iteration."""
    return violation.loop is None or violation.loop.role is not LoopRole.TRAINING or not violation.loop.direct


def _confidence(trace: Trace, violation: Violation) -> Confidence | None:
    """A module of which it is not known whether the mode matters counts where the program itself calls ``train()`` on it."""
    dependent = trace.objects[violation.slot].mode_dependent
    if dependent is True:
        return violation.confidence
    switched = any(step.event.kind is EventKind.TRAIN for step in violation.steps)
    evaluates = violation.loop is not None and violation.loop.role is LoopRole.EVALUATION
    return Confidence.MEDIUM if dependent is None and switched and evaluates else None


def _switched_somewhere(model: SemanticModel) -> dict[ObjectId, set[str]]:
    """The roots in which the mode of a module is set: where others do it, the mode at the start of a method is not known."""
    found: dict[ObjectId, set[str]] = {}
    for trace in model.traces():
        for event in events_of(trace.tree):
            if event.kind in (EventKind.EVAL, EventKind.TRAIN):
                for subject in event.subjects:
                    facts = trace.objects.get(subject.object)
                    for one in (subject.object, *(facts.parts if facts is not None else ())):
                        found.setdefault(one, set()).add(trace.root)
    return found
