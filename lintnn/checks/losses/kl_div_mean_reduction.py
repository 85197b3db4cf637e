"""NN311: kl_div is averaged over classes too."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import constant_of
from lintnn.values.records import LossCall


class KlDivMeanReduction(Check[Report]):
    code = "NN311"
    name = "kl-div-mean-reduction"
    family = Family.LOSSES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`kl_div` with the reduction `mean` divides by the number of elements, not by the batch size"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls of the divergence whose reduction is the default or `mean` in so many words."""
        for call in unique((call.site.place, call) for call in model.loss_calls() if call.loss.name == "kl_div"):
            if _averages(call):
                notes = () if call.built is None or call.built == call.site.place else (Note(call.built, "the loss is built here"),)
                yield Report(
                    code=self.code,
                    place=call.site.place,
                    message="`kl_div` averages over all elements here, over the classes too.",
                    why="The divergence of a distribution is a sum over its classes: this value is too small by their number.",
                    advice="Pass `reduction='batchmean'`.",
                    notes=notes,
                    symbol=call.site.symbol,
                )


def _averages(call: LossCall) -> bool:
    given = {**call.options, **call.arguments}
    if any(name in given for name in ("size_average", "reduce")):
        return False
    reduction = given.get("reduction")
    return reduction is None or constant_of(reduction) == "mean"
