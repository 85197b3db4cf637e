"""NN134: a schedule of batches hardly moves."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.checks.training.pace import in_batches
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel


class BatchSchedulePerEpoch(Check[Report]):
    code = "NN134"
    name = "batch-schedule-per-epoch"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a schedule that counts batches is stepped once an epoch"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Schedulers of batches that step only after the loop over batches."""
        for trace, violation in model.violations("scheduler-stepped-per-epoch"):
            evidence = in_batches(model, violation.slot)
            if not evidence:
                continue
            yield told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` is a schedule of batches ({evidence}), and is stepped once an epoch.",
                why="After all epochs it has hardly begun: warm-up never ends and the decay never comes.",
                advice=f"Call `{violation.label}.step()` after `optimizer.step()` in the loop over batches, or build it in epochs.",
            )
