"""NN131: the learning rate moves on before it was used."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.values.domain import constant_of
from lintnn.values.happenings import ObjectId


class SchedulerBeforeOptimizer(Check[Report]):
    code = "NN131"
    name = "scheduler-before-optimizer"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a scheduler steps before the first step of its optimizer"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Schedulers whose step comes first in the round that also steps their optimizer."""
        for trace, violation in model.violations("scheduler-before-optimizer"):
            known = _is_known(model, violation.slot)
            if known is False:
                continue
            report = told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` steps before its optimizer does.",
                why="The first value of the schedule is never used: every change of the learning rate comes one step early.",
                advice="Call the step of the scheduler after `optimizer.step()`.",
            )
            yield report if known else replace(report, confidence=Confidence.MEDIUM)


def _is_known(model: SemanticModel, slot: ObjectId) -> bool | None:
    """True for schedulers of torch that start anew, False for those that are another matter, None if the class is not known."""
    one = model.object(slot)
    row = lookup.scheduler(one.library)
    if row is None:
        return None if not one.library and one.class_key is None else False
    if row.needs_metric or not one.library.startswith(("torch.", "transformers.")):
        return False
    last = one.arguments.get("last_epoch")
    return last is None or constant_of(last) == -1
