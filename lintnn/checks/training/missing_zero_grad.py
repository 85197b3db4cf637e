"""NN101: gradients of one step are still there in the next."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.happenings import EventKind, Tree
from lintnn.values.roots import branches_of, events_of

EXCUSES = frozenset({EventKind.CLEAR, EventKind.UNKNOWN})
"""Events that may clear the gradients of objects that are not named."""


class MissingZeroGrad(Check[Report]):
    code = "NN101"
    name = "missing-zero-grad"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "backward and step repeat with no clearing of the same optimizer's gradients on the cycle"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Cycles backward, step, backward on which nothing can have cleared the optimizer's gradients."""
        for trace, violation in model.violations("missing-zero-grad"):
            report = told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` steps again and again, and nothing clears its gradients in between.",
                why="Every step uses the sum of all gradients so far: after k steps they are about k times too large.",
                advice=f"Call `{violation.label}.zero_grad()` once per step, before `backward()`.",
            )
            yield replace(report, confidence=Confidence.MEDIUM) if _clears_once_set(trace.tree) else report


def _clears_once_set(tree: Tree) -> bool:
    """Whether something may clear gradients under a test for ``None``: from the second iteration on, what is tested is mostly set."""
    return any(
        branch.condition is not None
        and branch.condition.endswith("==None")
        and any(
            event.kind in (EventKind.CLEAR, EventKind.UNKNOWN) and event.anything for arm in branch.arms for event in events_of(arm.body)
        )
        for branch in branches_of(tree)
    )
