"""NN317: argmax, rounding or a comparison between the model and backward."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Fact, Tensor
from lintnn.values.records import OperationCall

STEPS = (
    "argmax",
    "argmin",
    "argsort",
    "gt",
    "ge",
    "lt",
    "le",
    "eq",
    "ne",
    "bucketize",
    "searchsorted",
    "multinomial",
    "one_hot",
    "isclose",
)
"""Operations whose results hang on no graph."""
WORDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!="}


class NonDifferentiableLossPath(Check[Report]):
    code = "NN317"
    name = "non-differentiable-loss-path"
    family = Family.LOSSES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`argmax`, a comparison or rounding between the model and `backward()`: no gradient gets through"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Values of ``backward()`` that hang on no parameter and come from an operation without a gradient on something that does."""
        backwards = [call for call in model.backward_calls() if type(call.value) is Tensor and _is_cut(call.value)]
        if not backwards:
            return
        steps = {model.origin(call.site.place): call for call in model.operation_calls(*STEPS) if _is_trained(model, call)}
        reported: set[int] = set()
        for backward in backwards:
            for origin in backward.value.lineage if type(backward.value) is Tensor else ():
                call = steps.get(origin)
                if call is None or origin in reported:
                    continue
                reported.add(origin)
                name = call.operation.name
                yield Report(
                    code=self.code,
                    place=call.site.place,
                    message=f"`{WORDS.get(name, name)}` has no gradient, and the loss is computed from its result.",
                    why="Nothing flows back into the model: `backward()` fails, or no weight ever changes.",
                    advice="Compute the loss from the scores themselves; keep the hard decision for the metric.",
                    notes=(Note(backward.site.place, "`backward()` is called on what was computed from it"),),
                    symbol=call.site.symbol,
                )


def _is_cut(value: Tensor) -> bool:
    return value.attached is False and not value.sources


def _is_trained(model: SemanticModel, call: OperationCall) -> bool:
    return call.site.grad is not False and model.certainly(call.subject, _hangs_on_parameters, call.site) is not None


def _hangs_on_parameters(fact: Fact) -> bool:
    return type(fact) is Tensor and fact.attached is True and bool(fact.sources)
