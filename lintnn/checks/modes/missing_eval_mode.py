"""NN201: a model is evaluated in training mode."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.events import LoopRole, Violation
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.happenings import Trace


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
        built = {call.site.place for call in model.module_calls() if call.site.symbol.endswith("__init__")}
        for trace, violation in model.violations("missing-eval-mode"):
            if not _is_evaluation(trace, violation) or violation.primary in built:
                continue
            yield told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` is evaluated here in training mode: no `eval()` was called on this path.",
                why="Dropout keeps zeroing activations, and BatchNorm normalises by the batch at hand and learns from it.",
                advice=f"Call `{violation.label}.eval()` before, and `{violation.label}.train()` before training goes on.",
            )


def _is_evaluation(trace: Trace, violation: Violation) -> bool:
    """Whether the module depends on the mode, its mode is known, and the pass is no part of a training iteration."""
    if violation.assumption or trace.objects[violation.slot].mode_dependent is not True:
        return False
    return violation.loop is None or violation.loop.role is not LoopRole.TRAINING or not violation.loop.direct
