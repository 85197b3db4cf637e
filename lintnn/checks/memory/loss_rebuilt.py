"""NN705: a loss made anew with torch.tensor, so that backward never reaches the model."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor


class LossRebuilt(Check[Report]):
    code = "NN705"
    name = "loss-rebuilt"
    family = Family.MEMORY
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "the loss is copied with `torch.tensor(…)` before `backward()`, which then ends at the copy"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Values of ``backward()`` that come from a copy of something computed, and from nothing that hangs on a model."""
        copies = {model.origin(call.site.place): call for call in model.operation_calls("tensor") if _is_copy(call.result)}
        if not copies:
            return
        for backward in model.backward_calls():
            value = backward.value
            if type(value) is not Tensor or value.sources:
                continue
            for origin in value.lineage:
                call = copies.get(origin)
                if call is None:
                    continue
                yield Report(
                    code=self.code,
                    place=call.site.place,
                    message="`torch.tensor(…)` copies the value and cuts it from the model, and `backward()` is called on the copy.",
                    why="The gradient ends at the copy: no parameter of the model ever gets one, so nothing is learned.",
                    advice="Call `backward()` on the computed loss itself; add several losses as tensors.",
                    notes=(Note(backward.site.place, "`backward()` is called on the copy here"),),
                    symbol=call.site.symbol,
                )


def _is_copy(value: object) -> bool:
    return type(value) is Tensor and value.role == "copy"
