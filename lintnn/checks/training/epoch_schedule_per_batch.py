"""NN133: a schedule of epochs runs through in the first of them."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.checks.training.pace import in_epochs
from lintnn.events import Violation
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel


class EpochSchedulePerBatch(Check[Report]):
    code = "NN133"
    name = "epoch-schedule-per-batch"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a schedule that counts epochs is stepped after every batch"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Schedulers of epochs that step with every batch."""
        for trace, violation in model.violations("scheduler-stepped-per-batch"):
            evidence = in_epochs(model, violation.slot)
            if not evidence or _is_set(model, violation):
                continue
            yield told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` is a schedule of epochs ({evidence}), and is stepped after every batch.",
                why="The schedule runs through within the first epochs; what follows trains at a rate near zero, or at a wrong one.",
                advice=f"Call `{violation.label}.step()` once an epoch, after the loop over batches.",
            )


def _is_set(model: SemanticModel, violation: Violation) -> bool:
    """Whether the scheduler is told the epoch, so that it does not count by itself."""
    row = lookup.scheduler(model.object(violation.slot).library)
    return violation.steps[-1].event.detail == "given" and row is not None and not row.needs_metric
