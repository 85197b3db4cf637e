"""NN406: an epsilon, a limit or a mask constant that the dtype cannot hold."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import constant_of
from lintnn.values.records import OperationCall

LARGEST = {"float16": 65504.0}
SMALLEST = {"float16": 2.0**-25, "float32": 2.0**-150, "bfloat16": 2.0**-134}
"""Positive numbers up to this one round to 0."""
CLOSEST = 2.0**-25
"""What is this close to 1, below it, rounds to 1 in float32."""
EPSILONS = {"add": "other", "clamp": "min", "clamp_min": "min"}
"""Operations that keep numbers away from 0, and the argument that does."""
FILLS = {"masked_fill": "value", "fill": "value", "full_like": "fill_value"}


class EpsilonBelowPrecision(Check[Report]):
    code = "NN406"
    name = "epsilon-below-precision"
    family = Family.NUMERICS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "an epsilon that rounds to 0, a limit that rounds to 1 or a mask constant that overflows in the dtype in use"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Constants beside a tensor that its dtype rounds to something else."""
        for call in model.operation_calls(*EPSILONS):
            yield from self._epsilon(model, call)
        for call in model.operation_calls("clamp", "clamp_max"):
            yield from self._limit(model, call)
        for call in model.operation_calls(*FILLS):
            yield from self._fill(model, call)

    def _epsilon(self, model: SemanticModel, call: OperationCall) -> Iterable[Report]:
        number = constant_of(call.arguments.get(EPSILONS[call.operation.name]))
        if not isinstance(number, float) or number <= 0:
            return
        found = model.tensor_where(call.subject, call.site, lambda tensor: number <= SMALLEST.get(tensor.dtype or "", 0.0))
        if found is not None:
            message = f"{number:g} is 0 in {found[0].dtype}."
            why = "The epsilon protects nothing: 1 / 0 and log(0) come back."
            yield self._report(call, found[1], message, why, "Take a larger one (1e-4), or compute in float32: `x.float()`.")

    def _limit(self, model: SemanticModel, call: OperationCall) -> Iterable[Report]:
        number = constant_of(call.arguments.get("max"))
        if not isinstance(number, float) or not 0 < 1 - number <= CLOSEST:
            return
        found = model.tensor_where(call.subject, call.site, lambda tensor: tensor.dtype in (None, "float32") and not tensor.array)
        if found is not None:
            message = f"The upper limit 1 - {1 - number:.0e} is exactly 1 in float32."
            why = "float32 has no number between 1 - 6e-8 and 1, so that `log(1 - x)` is -inf all the same."
            yield self._report(call, found[1], message, why, "Stop at `1 - 1e-6`.")

    def _fill(self, model: SemanticModel, call: OperationCall) -> Iterable[Report]:
        number = constant_of(call.arguments.get(FILLS[call.operation.name]))
        if not isinstance(number, (int, float)) or abs(number) == float("inf"):
            return
        found = model.tensor_where(call.subject, call.site, lambda tensor: abs(number) > LARGEST.get(tensor.dtype or "", float("inf")))
        if found is not None:
            message = f"{number:g} does not fit into {found[0].dtype}."
            why = "The largest number of float16 is 65504; torch stops here with an error."
            yield self._report(call, found[1], message, why, "Write `torch.finfo(x.dtype).min`.")

    def _report(self, call: OperationCall, confidence: Confidence, message: str, why: str, advice: str) -> Report:
        return Report(
            code=self.code,
            place=call.site.place,
            message=message,
            why=why,
            advice=advice,
            confidence=confidence,
            symbol=call.site.symbol,
        )
