"""NN132: a scheduler that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.stories import told
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.happenings import ObjectId


class SchedulerNeverStepped(Check[Report]):
    code = "NN132"
    name = "scheduler-never-stepped"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a scheduler is made and never stepped, or belongs to an optimizer that never steps"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Schedulers of a training loop that nothing can have stepped, and those that steer an optimizer which nothing steps."""
        for trace, violation in model.violations("scheduler-never-stepped"):
            if _is_stepped_somewhere(model, violation.label):
                continue
            report = told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` is made, and nothing ever steps it.",
                why="The learning rate stays what it was in the first batch.",
                advice=f"Call `{violation.label}.step()` in the training loop, after the optimizer's step.",
            )
            yield replace(report, notes=(*_asked_for(model, violation.slot), *report.notes))
        for trace, violation in model.violations("scheduler-of-another-optimizer"):
            yield told(
                self,
                trace,
                violation,
                message=f"`{violation.label}` belongs to an optimizer that never steps; the loop steps another one.",
                why="The learning rate of the optimizer that trains never changes.",
                advice="Make the scheduler with the optimizer that the loop steps, after that one is made.",
            )


def _asked_for(model: SemanticModel, slot: ObjectId) -> tuple[Note, ...]:
    """The calls that led to the place where the scheduler is made."""
    made = next((one for one in model.constructions() if one.object == slot), None)
    return () if made is None else tuple(Note(place, "asked for here") for place in made.site.calls[-1:])


def _is_stepped_somewhere(model: SemanticModel, label: str) -> bool:
    """Whether the file steps something of this name, in a function of which nothing shows when it runs."""
    name = label.rpartition(".")[2]
    steps = (call.func for call in model.nodes(ir.Call) if isinstance(call.func, ir.Attribute) and call.func.attr.startswith("step"))
    return any(name == (one.value.attr if isinstance(one.value, ir.Attribute) else getattr(one.value, "id", "")) for one in steps)
