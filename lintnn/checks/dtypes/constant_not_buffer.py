"""NN512: a constant tensor of a module that does not move with it."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.devices import Homes, meetings
from lintnn.model.syntax import dotted, method_call, targets, walk
from lintnn.values.classes import ClassInfo
from lintnn.values.domain import Tensor, facts
from lintnn.values.records import AttributeStore

MOVERS = frozenset({"_apply", "to", "cuda", "__getattr__", "_load_from_state_dict"})
"""Methods of a class that may move its attributes by hand."""
MOVED = frozenset({"to", "cuda", "type_as", "device", "type", "new_tensor"})


class ConstantNotBuffer(Check[Report]):
    code = "NN512"
    name = "constant-not-buffer"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a constant tensor kept as a plain attribute of a module: `to(device)` leaves it behind"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Tensors made in ``__init__`` on the default device, kept as attributes, that meet inputs or weights in ``forward``."""
        stores = self._stores(model)
        if not stores:
            return
        reported: set[tuple[tuple[str, int], str]] = set()
        for meeting in meetings(model):
            for store, info in stores:
                tensor = next(fact for fact in facts(store.value) if type(fact) is Tensor)
                key = (info.key, store.name)
                if meeting.made.in_forward or tensor.lineage[-1] not in meeting.tensor.lineage or key in reported:
                    continue
                reported.add(key)
                yield Report(
                    code=self.code,
                    place=store.site.place,
                    message=f"`self.{store.name}` is a plain tensor, so `to(device)` does not move it with the module.",
                    why="On a GPU the first forward pass stops: expected all tensors to be on the same device. Checkpoints miss it too.",
                    advice=f'Register it: `self.register_buffer("{store.name}", …)`.',
                    notes=(Note(meeting.site.place, f"it meets a tensor of the model here, in `{meeting.what}`"),),
                    symbol=store.site.symbol,
                )

    def _stores(self, model: SemanticModel) -> list[tuple[AttributeStore, ClassInfo]]:
        homes: Homes | None = None
        found: list[tuple[AttributeStore, ClassInfo]] = []
        for store in model.attribute_stores():
            if (
                store.registers
                or store.site.place.path != model.path
                or not store.site.symbol.endswith(".__init__")
                or type(store.value) is not Tensor
            ):
                continue
            info = model.class_of(store.receiver)
            if info is None or not info.is_module or any(name in info.methods for name in MOVERS) or info.framework is not None:
                continue
            homes = homes or model.derived(Homes)
            if homes.of(store.value) is not None and not _is_moved(model, store.name) and not _learns(model, store.site.place.at):
                found.append((store, info))
        return found


def _is_moved(model: SemanticModel, name: str) -> bool:
    """Whether the file moves the attribute by hand, sets it again, or registers it under its name."""
    stored = 0
    for routine in model.routines():
        inside = routine.name.endswith(".__init__")
        for line in routine.lines:
            if any(isinstance(target, ir.Attribute) and target.attr == name for target in targets(line.statement)):
                stored += 1
                if not inside or stored > 1:
                    return True
    for node in model.nodes(ir.Attribute):
        if node.attr in MOVED and isinstance(node.value, (ir.Attribute, ir.Subscript)) and dotted(_base(node.value)).endswith(f".{name}"):
            return True
    for call in model.nodes(ir.Call):
        called = method_call(call)
        if (
            called is not None
            and called[1] in ("register_buffer", "__setattr__")
            and any(isinstance(one.value, ir.Literal) and one.value.value == name for one in call.args)
        ):
            return True
        if dotted(call.func) == "setattr":
            return True
    return False


def _base(expression: ir.Expr) -> ir.Expr:
    while isinstance(expression, ir.Subscript):
        expression = expression.value
    return expression


def _learns(model: SemanticModel, at: int) -> bool:
    """Whether the stored tensor is made to require grad: then it should be a parameter, which is a rule of its own."""
    statement = next((line.statement for routine in model.routines() for line in routine.lines if line.at == at), None)
    return statement is not None and any(
        (isinstance(node, ir.Argument) and node.keyword == "requires_grad")
        or (isinstance(node, ir.Attribute) and node.attr == "requires_grad_")
        for node in walk(statement)
    )
