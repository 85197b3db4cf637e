"""NN502: integers given to an operation that torch defines for floating-point numbers only."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import NONE, TRUE, Tensor, Value, constant_of
from lintnn.values.ops.dtypes import category
from lintnn.values.records import Site

LAYERS_OF_INDICES = frozenset({"embedding", "embedding_bag"})
DROPOUTS = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"])


class IntegerWhereFloatNeeded(Check[Report]):
    code = "NN502"
    name = "integer-where-float-needed"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "an integer tensor in `mean`, `softmax`, a layer with weights, `requires_grad=True`, which need floating-point numbers"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Integer tensors in operations that refuse them, in layers with weights, and as something to differentiate."""
        yield from self._operations(model)
        yield from self._layers(model)
        yield from self._differentiated(model)

    def _operations(self, model: SemanticModel) -> Iterable[Report]:
        for call in model.operation_calls():
            row = call.operation
            refuses = "integer" in row.refuses or (row.name in DROPOUTS and constant_of(call.arguments.get("training")) is True)
            if not refuses or call.arguments.get("dtype", NONE) != NONE:
                continue
            found = _whole(model, call.subject, call.site)
            if found is not None:
                yield self._report(model, call.site, *found, f"`{row.name}` needs floating-point numbers")

    def _layers(self, model: SemanticModel) -> Iterable[Report]:
        for call in model.module_calls():
            layer = model.object(call.module).layer
            if call.weights is None or layer is None or layer.operation in LAYERS_OF_INDICES or not call.arguments:
                continue
            found = _whole(model, call.arguments[0], call.site)
            if found is not None:
                yield self._report(model, call.site, *found, f"`{model.object(call.module).label}` has floating-point weights")

    def _differentiated(self, model: SemanticModel) -> Iterable[Report]:
        for call in model.operation_calls():
            if call.operation.gradient == "fresh" and constant_of(call.arguments.get("requires_grad")) is True:
                found = _whole(model, call.result, call.site)
                if found is not None:
                    yield self._report(model, call.site, *found, "Only floating-point tensors can have gradients")
        for made in model.constructions():
            if made.name == "torch.nn.Parameter" and made.positional and constant_of(made.arguments.get("requires_grad", TRUE)) is True:
                found = _whole(model, made.positional[0], made.site)
                if found is not None:
                    yield self._report(model, made.site, *found, "Only floating-point tensors can have gradients")

    def _report(self, model: SemanticModel, site: Site, tensor: Tensor, confidence: Confidence, fact: str) -> Report:
        return Report(
            code=self.code,
            place=site.place,
            message=f"{fact}, but this tensor is of type `{tensor.dtype}`.",
            why="torch stops here with an error as soon as the line runs.",
            advice="Convert first: `x.float()`, or write the numbers with a decimal point where the tensor is made.",
            notes=model.trail(tensor),
            confidence=Confidence.MEDIUM if site.choices else confidence,
            symbol=site.symbol,
        )


def _whole(model: SemanticModel, value: Value | None, site: Site) -> tuple[Tensor, Confidence] | None:
    """The tensor that a value is, where it holds integers on every path."""
    if not model.every(value, lambda fact: type(fact) is Tensor and _is_whole(fact)):
        return None
    return model.tensor_where(value, site, _is_whole)


def _is_whole(tensor: Tensor) -> bool:
    return tensor.dtype is not None and category(tensor.dtype) < 2 and not tensor.array
