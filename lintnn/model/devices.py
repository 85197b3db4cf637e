"""Where tensors live: which of them were made on the default device and never moved, and where they meet tensors of a model."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.findings import Place
from lintnn.frontend import ir
from lintnn.knowledge.rows import words
from lintnn.model.semantic_model import SemanticModel
from lintnn.values.domain import NONE, Constant, Fact, Slice, Tensor, Tuple, Unknown, Value, facts
from lintnn.values.records import ModuleCall, OperationCall, Site

MOVES = frozenset({"to", "cuda", "type", "type_as", "xpu", "set_default_device"})
"""Operations whose result may live anywhere."""
MEETING_SHAPES = frozenset({"broadcast", "matmul", "cat", "stack"})
MEETING = frozenset({"masked_fill", "index_select", "gather", "scatter", "scatter_add", "index_add", "linear", "embedding", "conv"})
"""Operations that refuse inputs of two devices, beside those whose ``shape`` tells."""
TENSOR_ATTRIBUTES = frozenset(
    words("shape size dim device view reshape permute transpose unsqueeze new_zeros to mean sum detach float long contiguous flatten")
)


class Made(Struct, frozen=True, gc=False):
    """A tensor made on the default device: where, whether inside a ``forward``, and the function."""

    place: Place
    in_forward: bool
    symbol: str


class Meeting(Struct, frozen=True, gc=False):
    """A tensor of the default device and one of a model's device in one operation."""

    site: Site
    made: Made
    tensor: Tensor
    what: str


class Homes:
    """What made the tensors of the default device, by the expression that gave them last."""

    def __init__(self, model: SemanticModel) -> None:
        self._made: dict[int, Made | None] = {}
        self._follows: set[int] = set()
        self._used = _tensor_names(model)
        for record in model.operation_calls():
            origin = model.origin(record.site.place)
            found = self._of_operation(record)
            if record.operation.shape != "create" and any(self.is_of_model(value) for value in record.arguments.values()):
                self._follows.add(origin)
            if origin in self._made and (self._made[origin] is None or found is None):
                self._made[origin] = None
            else:
                self._made[origin] = found

    def of(self, fact: Fact) -> Made | None:
        """Where a fact was made, if it is a tensor with axes that lives on the default device for sure: what gave it was recorded, or is
        the choice of a part of what was."""
        if type(fact) is not Tensor or fact.array or fact.role in ("parameter", "opaque") or fact.rank == 0 or fact.sources:
            return None
        known = [self._made[origin] for origin in fact.lineage if origin in self._made]
        return known[-1] if known and all(made is not None for made in known) else None

    def is_of_model(self, value: Value) -> bool:
        """Whether a value lives where the model does: the output of a layer with weights, an input that is used as a tensor, or what
        was computed from one."""
        found = list(facts(value))
        return bool(found) and all(self._is_of_model(fact) for fact in found)

    def _is_of_model(self, fact: Fact) -> bool:
        if type(fact) is Tensor:
            known = [origin for origin in fact.lineage if origin in self._made]
            return (fact.attached is True and bool(fact.sources)) or bool(known and known[-1] in self._follows)
        if type(fact) is Unknown:
            return fact.cause == "parameter" and fact.symbol.rpartition(":")[2] in self._used
        return False

    def of_value(self, value: Value) -> Made | None:
        """The same of a value, on all its alternatives."""
        found = [self.of(fact) for fact in facts(value)]
        return found[0] if found and all(made is not None for made in found) else None

    def _of_operation(self, record: OperationCall) -> Made | None:
        operation = record.operation
        if operation.array or operation.name in MOVES:
            return None
        if operation.shape == "create" and operation.gradient == "fresh" and operation.functions:
            device = record.arguments.get("device", NONE)
            if device != NONE or not _has_axes(record):
                return None
            return Made(record.site.place, record.site.in_forward, record.site.symbol)
        inputs = [record.subject, *record.arguments.values()]
        tensors = [value for value in inputs if not all(type(fact) in (Constant, Unknown) for fact in facts(value))]
        found = [self.of_value(value) for value in tensors if not _is_plain(value)]
        if not found or any(made is None for made in found):
            return None
        unknown = [fact for value in inputs for fact in facts(value) if type(fact) is Unknown]
        if operation.name in ("index_put", "copy") or not any(_may_be_tensor(fact) for fact in unknown):
            return found[0]
        return None


def _is_plain(value: Value) -> bool:
    """Whether a value surely holds no tensor: numbers, and tuples of numbers."""
    return all(
        type(fact) in (Constant, Slice) or (type(fact) is Tuple and all(_is_number(item) for item in fact.items)) for fact in facts(value)
    )


def _is_number(value: Value) -> bool:
    return all(type(fact) in (Constant, Unknown, Slice) for fact in facts(value))


def _may_be_tensor(fact: Unknown) -> bool:
    return fact.cause not in ("python-value", "scale", "name")


def _has_axes(record: OperationCall) -> bool:
    """Whether what is made surely has an axis: tensors without one mix with those of any device."""
    ranks = [fact.rank for fact in facts(record.result) if type(fact) is Tensor]
    if ranks and all(rank is not None for rank in ranks):
        return 0 not in ranks
    return (record.operation.name != "tensor" and "size" not in record.arguments) or record.operation.name in (
        "zeros",
        "ones",
        "rand",
        "randn",
    )


def meetings(model: SemanticModel) -> list[Meeting]:
    """The operations, module calls and losses inside of ``forward`` in which two devices may meet. (CTC takes targets on the CPU.)"""
    return model.derived(_all_meetings)


def _all_meetings(model: SemanticModel) -> list[Meeting]:
    return list(_meetings(model))


def _meetings(model: SemanticModel) -> Iterator[Meeting]:
    homes = model.derived(Homes)
    for record in model.operation_calls():
        operation = record.operation
        if record.site.in_forward and (operation.shape in MEETING_SHAPES or operation.name in MEETING):
            yield from _met(homes, record.site, list(record.arguments.values()), operation.name)
    for call in model.module_calls():
        if call.site.in_forward:
            yield from _met_in_call(model, homes, call)
    for loss in model.loss_calls():
        if loss.site.in_forward and "ctc" not in loss.loss.name.lower():
            yield from _met(homes, loss.site, list(loss.arguments.values()), loss.loss.name)


def _met(homes: Homes, site: Site, values: list[Value], what: str) -> Iterator[Meeting]:
    values = [item for value in values for item in _items(value)]
    here = [(value, made) for value in values if (made := homes.of_value(value)) is not None]
    if not here or not any(homes.is_of_model(value) for value in values):
        return
    for value, made in here:
        tensor = next(fact for fact in facts(value) if type(fact) is Tensor)
        yield Meeting(site, made, tensor, what)
        return


def _met_in_call(model: SemanticModel, homes: Homes, call: ModuleCall) -> Iterator[Meeting]:
    layer = model.object(call.module).layer
    values = [item for value in call.arguments for item in _items(value)]
    if layer is None:
        return
    if layer.has_parameters and values and (made := homes.of_value(values[0])) is not None:
        tensor = next(fact for fact in facts(values[0]) if type(fact) is Tensor)
        yield Meeting(call.site, made, tensor, model.object(call.module).label)
        return
    yield from _met(homes, call.site, values, model.object(call.module).label)


def _items(value: Value) -> list[Value]:
    return [inner for item in value.items for inner in _items(item)] if type(value) is Tuple else [value]


def _tensor_names(model: SemanticModel) -> frozenset[str]:
    """The plain names that are used as tensors somewhere in the file."""
    return frozenset(
        node.value.id for node in model.nodes(ir.Attribute) if isinstance(node.value, ir.Name) and node.attr in TENSOR_ATTRIBUTES
    )
