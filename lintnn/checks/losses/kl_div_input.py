"""NN310: kl_div gets probabilities, or its arguments in the wrong order."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.losses.inputs import after, inputs
from lintnn.checks.losses.inputs import notes as loss_notes
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, constant_of
from lintnn.values.records import LossCall

PROBABLE = frozenset({"softmax", "sigmoid", "sparsemax", "gumbel_softmax"})
LOGGED = frozenset({"log_softmax", "log_sigmoid"})


class KlDivInput(Check[Report]):
    code = "NN310"
    name = "kl-div-input"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`kl_div` gets an input that is no log-probability, or a logged target without `log_target=True`"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Inputs that certainly are probabilities, and targets that certainly are logarithms and not announced as such."""
        for one in inputs(model, _is_divergence, after(PROBABLE)):
            call = one.call
            swapped = model.tensor_where(call.arguments.get(call.loss.target_name), call.site, after(LOGGED)) is not None
            yield Report(
                code=self.code,
                place=one.place,
                message=f"The input of `kl_div` went through {one.tensor.after}, and `kl_div` wants log-probabilities.",
                why="It computes `target * (target.log() - input)`: with probabilities that has another minimum.",
                advice="Exchange the two arguments." if swapped else "Pass `F.log_softmax(scores, dim=…)`.",
                confidence=one.confidence,
                notes=one.notes,
                symbol=one.symbol,
            )
        for call in model.loss_calls():
            if _is_divergence(call) and not _announced(call):
                found = model.tensor_where(call.arguments.get(call.loss.target_name), call.site, after(LOGGED))
                if found is not None and model.tensor_where(call.arguments.get(call.loss.prediction), call.site, after(PROBABLE)) is None:
                    yield self._of_target(model, call, found)

    def _of_target(self, model: SemanticModel, call: LossCall, found: tuple[Tensor, Confidence]) -> Report:
        return Report(
            code=self.code,
            place=call.places.get(call.loss.target_name, call.site.place),
            message="The target of `kl_div` went through log_softmax, and `log_target` is not set.",
            why="The logarithm of a negative number is taken: the loss is NaN.",
            advice="Pass `log_target=True`, or a target of probabilities.",
            confidence=found[1],
            notes=loss_notes(model, call, found[0]),
            symbol=call.site.symbol,
        )


def _is_divergence(call: LossCall) -> bool:
    return call.loss.name == "kl_div"


def _announced(call: LossCall) -> bool:
    """Whether the call or the constructor may say that the target is logged."""
    option = call.options.get("log_target", call.arguments.get("log_target"))
    return option is not None and constant_of(option) is not False
