"""NN107: the last batches of an epoch are left over."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.training.accumulation import Accumulating, accumulating
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.nests import statements
from lintnn.values.assigned import walk


class DroppedMicroBatches(Check[Report]):
    code = "NN107"
    name = "dropped-micro-batches"
    family = Family.TRAINING
    severity = Severity.NOTE
    confidence = Confidence.LOW
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "gradients of the last batches of an epoch are never used, or leak into the next epoch"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Accumulating loops over the batches of an epoch whose number need not divide, with no step after the loop."""
        for one in accumulating(model):
            if not one.exact or _is_left_early(one) or _steps_after(one) or _is_trivial(one):
                continue
            yield Report(
                code=self.code,
                place=Place(model.path, one.step),
                message="The gradients of the last batches are not used, unless the number of batches divides evenly.",
                why="They are dropped, or added to those of the first batches of the next epoch.",
                advice="Step in the last batch too: `or index + 1 == len(loader)`.",
                notes=(Note(Place(model.path, one.branch.arms[0].test.at), "steps only if this holds"),),
                symbol=one.symbol,
            )


def _is_left_early(one: Accumulating) -> bool:
    return any(isinstance(statement, ir.Break | ir.Return) for statement in statements(one.loop.body))


def _steps_after(one: Accumulating) -> bool:
    """Whether the function steps something after the loop."""
    return any(
        isinstance(part, ir.Call) and isinstance(part.func, ir.Attribute) and part.func.attr == "step" and "sched" not in _owner(part.func)
        for statement in one.after
        for part in walk(statement)
    )


def _owner(func: ir.Attribute) -> str:
    owner = func.value
    return owner.attr.lower() if isinstance(owner, ir.Attribute) else owner.id.lower() if isinstance(owner, ir.Name) else ""


def _is_trivial(one: Accumulating) -> bool:
    return isinstance(one.number, ir.Literal) and one.number.value == 1
