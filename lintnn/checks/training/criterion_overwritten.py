"""NN109: the name of a loss function is rebound to the loss it returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique


class CriterionOverwritten(Check[Report]):
    code = "NN109"
    name = "criterion-overwritten"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "in a loop the name of a loss function is rebound to the loss it returns"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Rebound criteria in loops that go round again."""
        last = set(_left_at_once(model))
        for rebinding in unique((one.site.place, one) for one in model.rebindings()):
            if rebinding.site.place.at in last:
                continue
            yield Report(
                code=self.code,
                place=rebinding.site.place,
                message=f"`{rebinding.name}` was the loss function and is now the loss it returned.",
                why="The second iteration calls a tensor: `TypeError: 'Tensor' object is not callable`.",
                advice="Give the function and its result two names: `criterion` and `loss`.",
                symbol=rebinding.site.symbol,
            )


def _left_at_once(model: SemanticModel) -> Iterator[int]:
    """The assignments after which the same block leaves its loop."""
    blocks = [
        *(loop.body for loop in model.nodes(ir.For)),
        *(loop.body for loop in model.nodes(ir.While)),
        *(block.body for block in model.nodes(ir.With)),
        *(arm.body for branch in model.nodes(ir.If) for arm in branch.arms),
    ]
    for block in blocks:
        if any(isinstance(statement, (ir.Break, ir.Return, ir.Raise)) for statement in block):
            yield from (statement.at for statement in block if isinstance(statement, ir.Assign))
