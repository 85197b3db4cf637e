"""NN819: one batch normalisation for two kinds of features."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, contradicts
from lintnn.values.records import ModuleCall


class NormalisationLayerReused(Check[Report]):
    code = "NN819"
    name = "normalisation-layer-reused"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "one BatchNorm is applied to the outputs of different layers, whose statistics it mixes"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Layers with running statistics that one forward applies at two places, to what different layers made."""
        first: dict[tuple[str, int], ModuleCall] = {}
        reported: set[Place] = set()
        for record in model.module_calls():
            one = model.object(record.module)
            if one.layer is None or one.layer.mode != "statistics" or one.many or not record.site.in_forward or not record.arguments:
                continue
            before = first.setdefault((record.site.symbol, record.module), record)
            if before.site.place in (record.site.place, *reported) or record.site.place in reported or not _mixes(before, record):
                continue
            reported.add(record.site.place)
            name = one.layer.names[0].rpartition(".")[2]
            yield Report(
                code=self.code,
                place=record.site.place,
                message=f"The `{name}` that normalised the output of another layer is applied a second time.",
                why="It keeps one running mean and variance for two kinds of features: after `eval()` both are normalised by a mixture.",
                advice="Make one normalisation for each place.",
                notes=(Note(before.site.place, "it is applied here first"), Note(one.place, f"the `{name}` is built here")),
                symbol=record.site.symbol,
            )


def _mixes(before: ModuleCall, after: ModuleCall) -> bool:
    """Whether two calls of one normalisation get what different layers made, in one pass."""
    left, right = before.arguments[0], after.arguments[0]
    if type(left) is not Tensor or type(right) is not Tensor or contradicts(before.site.path, after.site.path):
        return False
    if before.site.loops or after.site.loops or before.site.calls != after.site.calls:
        return False
    return (
        bool(left.sources)
        and before.module not in left.sources
        and before.module in right.sources
        and len(right.sources) > len(left.sources) + 1
    )
