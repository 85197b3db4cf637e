"""NN515: ``.numpy()`` of a tensor that is part of the autograd graph."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import TRUE, Tensor
from lintnn.values.records import OperationCall


class NumpyOfGraphOrCudaTensor(Check[Report]):
    code = "NN515"
    name = "numpy-of-graph-or-cuda-tensor"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`.numpy()` on a tensor that requires grad, which torch refuses"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls on tensors that surely hang on the graph of a model, wherever the function was seen to run."""
        if not model.mentions("numpy"):
            return
        calls: dict[Place, list[OperationCall]] = {}
        for call in model.operation_calls("numpy"):
            calls.setdefault(call.site.place, []).append(call)
        for place, found in calls.items():
            if place.path != model.path or any(call.site.grad is not True or call.arguments.get("force") == TRUE for call in found):
                continue
            tensors = [model.tensor_where(call.subject, call.site, _hangs) for call in found]
            best = tensors[0]
            if best is None or any(one is None for one in tensors):
                continue
            yield Report(
                code=self.code,
                place=place,
                message="`.numpy()` is called on a tensor that requires grad.",
                why="torch refuses: RuntimeError, can't call numpy() on Tensor that requires grad.",
                advice="Write `.detach().cpu().numpy()`, or run the forward pass under `torch.no_grad()`.",
                notes=model.trail(best[0]),
                confidence=best[1],
                symbol=found[0].site.symbol,
            )


def _hangs(tensor: Tensor) -> bool:
    """Whether a tensor surely requires grad: it comes from weights and is known to hold floating-point numbers, not ids."""
    if tensor.attached is not True or not tensor.sources or tensor.array or tensor.role == "opaque":
        return False
    return tensor.dtype is not None and tensor.dtype.startswith("float")
