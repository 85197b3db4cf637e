"""NN943: torch.tensor of a tensor."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Fact, Tensor


class TensorCopiedByConstructor(Check[Report]):
    code = "NN943"
    name = "tensor-copied-by-constructor"
    family = Family.DATA
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`torch.tensor(t)` of a tensor copies it, cuts it from the graph and warns"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls of the constructor whose data certainly is one tensor."""
        for call in unique((call.site.place, call) for call in model.operation_calls("tensor")):
            found = model.certainly(call.arguments.get("data"), _is_tensor, call.site)
            if found is None:
                continue
            yield Report(
                code=self.code,
                place=call.site.place,
                message="`torch.tensor(…)` is given a tensor.",
                why="It copies the numbers and forgets the graph; PyTorch warns at each call.",
                advice="Write `t.detach().clone()` for a copy, `t.to(…)` for another type or device, or use the tensor itself.",
                confidence=found.confidence,
                symbol=call.site.symbol,
            )


def _is_tensor(fact: Fact) -> bool:
    return type(fact) is Tensor and not fact.array and fact.role != "copy" and (fact.attached is True or fact.dtype is not None)
