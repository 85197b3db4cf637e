"""NN507: tensors of types that an operation refuses to combine."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor, Value, facts
from lintnn.values.ops.dtypes import category
from lintnn.values.records import ModuleCall, OperationCall, Site

SAME: dict[str, tuple[str, ...]] = {
    "matmul": ("other",),
    "mm": ("mat2",),
    "bmm": ("mat2",),
    "mv": ("vec",),
    "dot": ("tensor",),
    "addmm": ("mat1", "mat2"),
    "linear": ("weight", "bias"),
    "conv1d": ("weight", "bias"),
    "conv2d": ("weight", "bias"),
    "conv3d": ("weight", "bias"),
    "scatter_add": ("src",),
    "index_add": ("source",),
    "index_copy": ("source",),
}
"""Arguments whose type has to be that of the first tensor."""
INDEXED = frozenset({"embedding", "embedding_bag"})


class DtypeMismatch(Check[Report]):
    code = "NN507"
    name = "dtype-mismatch"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "an operation on tensors whose dtypes torch refuses to combine"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Operations and layers whose inputs are certainly of different types, where torch does not promote."""
        if model.mentions("set_default_dtype", "set_default_tensor_type"):
            return
        for call in model.operation_calls():
            if not call.site.autocast and call.spelling != "layer":
                yield from self._operation(model, call)
        for module in model.module_calls():
            if module.weights is not None and not module.site.autocast:
                yield from self._layer(model, module)

    def _operation(self, model: SemanticModel, call: OperationCall) -> Iterable[Report]:
        name = call.operation.name
        left = _certain(call.subject)
        if left is None or left.dtype is None:
            return
        for parameter in SAME.get(name, ()):
            right = _certain(call.arguments.get(parameter))
            if right is not None and right.dtype is not None and right.dtype != left.dtype:
                yield self._report(
                    model, call.site, left, right, f"`{name}` needs both of one type, but gets `{left.dtype}` and `{right.dtype}`."
                )
                return
        mask = _certain(call.arguments.get("mask")) if name == "masked_fill" else None
        if mask is not None and mask.dtype is not None and mask.dtype != "bool":
            yield self._report(model, call.site, left, mask, f"`masked_fill` needs a mask of type `bool`, but gets `{mask.dtype}`.")
        index = _certain(call.arguments.get("indices")) if name == "index_put" and call.spelling == "subscript" else None
        values = _certain(call.arguments.get("values"))
        gathers = index is not None and (index.dtype == "bool" or (index.dtype == "int64" and bool(index.rank)))
        if gathers and values is not None and values.dtype not in (None, left.dtype) and values.rank != 0:
            text = f"Writing through an index needs one type, but `{values.dtype}` goes into `{left.dtype}`."
            yield self._report(model, call.site, left, values, text)

    def _layer(self, model: SemanticModel, call: ModuleCall) -> Iterable[Report]:
        one = model.object(call.module)
        if one.layer is None or not call.arguments:
            return
        first = _certain(call.arguments[0])
        if one.layer.operation in INDEXED:
            if first is not None and first.dtype is not None and category(first.dtype) >= 2:
                text = f"`{one.label}` looks rows up by whole numbers, but its input is `{first.dtype}`."
                yield self._report(model, call.site, first, first, text)
            return
        reported_elsewhere = call.weights == "float32" and first is not None and first.dtype == "float64"
        states = [_certain(part) for value in call.arguments[1:2] for part in _parts(value)]
        recurrent = one.layer.operation in ("recurrent", "recurrent_cell")
        for tensor in (first, *(states if recurrent else ())):
            if tensor is None or tensor.dtype is None or category(tensor.dtype) < 2 or tensor.dtype == call.weights or reported_elsewhere:
                continue
            text = f"`{one.label}` has `{call.weights}` weights, but gets `{tensor.dtype}`."
            yield self._report(model, call.site, tensor, tensor, text, (Note(one.place, f"`{one.label}` is built here"),))
            return

    def _report(self, model: SemanticModel, site: Site, left: Tensor, right: Tensor, text: str, notes: tuple[Note, ...] = ()) -> Report:
        return Report(
            code=self.code,
            place=site.place,
            message=text,
            why="torch does not convert here: it stops with an error as soon as the line runs.",
            advice="Convert one side, for example with `.to(other.dtype)`.",
            notes=(*model.trail(left), *(model.trail(right) if right is not left else ()), *notes),
            confidence=Confidence.MEDIUM if site.choices else Confidence.HIGH,
            symbol=site.symbol,
        )


def _certain(value: Value | None) -> Tensor | None:
    """The tensor a value is, if it is one for sure."""
    return value if type(value) is Tensor and not value.array else None


def _parts(value: Value) -> list[Value]:
    return [item for fact in facts(value) for item in getattr(fact, "items", (fact,))]
