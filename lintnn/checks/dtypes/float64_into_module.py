"""NN501: float64 data in a module or loss whose weights are float32."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, Value
from lintnn.values.records import LossCall, Site

REFUSE_TARGETS = frozenset({"BCELoss", "binary_cross_entropy"})
"""Losses that do not promote a target of another type."""
WEIGHTED = frozenset({"CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss"})


class Float64IntoModule(Check[Report]):
    code = "NN501"
    name = "float64-into-module"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "float64 data, mostly from NumPy, given to a module or loss of float32"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Float64 tensors that certainly reach float32 weights, or a loss that does not promote."""
        if model.mentions("set_default_dtype", "set_default_tensor_type"):
            return
        for call in model.module_calls():
            if call.weights != "float32" or not call.arguments or call.site.autocast:
                continue
            found = _double(model, call.arguments[0], call.site)
            if found is not None:
                label = model.object(call.module).label
                built = (Note(model.object(call.module).place, f"`{label}` is built here, with float32 weights"),)
                yield self._report(model, call.site.place, call.site.symbol, f"`{label}` has float32 weights", *found, built)
        for loss in model.loss_calls():
            yield from self._loss(model, loss)

    def _loss(self, model: SemanticModel, call: LossCall) -> Iterable[Report]:
        if call.site.autocast:
            return
        name = call.loss.name
        prediction = call.arguments.get(call.loss.prediction)
        if model.tensor_where(prediction, call.site, lambda tensor: tensor.dtype == "float32") is None:
            return
        if name in REFUSE_TARGETS:
            found = _double(model, call.arguments.get(call.loss.target_name), call.site)
            if found is not None:
                place = call.places.get(call.loss.target_name, call.site.place)
                yield self._report(model, place, call.site.symbol, f"`{name}` does not convert its target", *found, ())
        if name in WEIGHTED:
            found = _double(model, call.options.get("weight"), call.site)
            if found is not None:
                place = call.built or call.site.place
                yield self._report(model, place, call.site.symbol, f"`{name}` does not convert its class weights", *found, ())

    def _report(
        self, model: SemanticModel, place: Place, symbol: str, fact: str, tensor: Tensor, confidence: Confidence, notes: tuple[Note, ...]
    ) -> Report:
        return Report(
            code=self.code,
            place=place,
            message=f"{fact}, but this tensor is float64.",
            why="torch stops with a message about `Double` and `Float` as soon as the line runs.",
            advice="Convert once, where the data is made: `array.astype(np.float32)` or `torch.tensor(array, dtype=torch.float32)`.",
            notes=(*model.trail(tensor), *notes),
            confidence=confidence,
            symbol=symbol,
        )


def _double(model: SemanticModel, value: Value | None, site: Site) -> tuple[Tensor, Confidence] | None:
    """The tensor that a value is, where it is float64 on every path."""
    if not model.every(value, lambda fact: type(fact) is Tensor and _is_double(fact)):
        return None
    return model.tensor_where(value, site, _is_double)


def _is_double(tensor: Tensor) -> bool:
    return tensor.dtype == "float64" and not tensor.array
