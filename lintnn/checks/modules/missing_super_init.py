"""NN804: nn.Module.__init__ is not called, or only after sub-modules were set."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo
from lintnn.values.domain import Ref, Tensor, Unknown, Value, facts
from lintnn.values.heap import MODULE_KINDS
from lintnn.values.records import AttributeStore

NETWORKS = ("encoder", "decoder", "discriminator", "generator", "backbone", "network", "classifier", "critic")
"""Parts of names that networks have, and plain functions have not."""


class MissingSuperInit(Check[Report]):
    code = "NN804"
    name = "missing-super-init"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`nn.Module.__init__` is not called, or only after sub-modules, parameters or buffers were set"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Module classes whose ``__init__`` never reaches ``nn.Module``, and registrations before it does."""
        missing = {record.key for record in model.uninitialised()}
        for key in sorted(missing):
            info = model.class_by_key(key)
            method = info.methods.get("__init__")
            if method is None or info.node.decorators or _calls_another(info):
                continue
            yield self._report(
                Place(key[0], method.function.at), info.name, f"`{info.name}.__init__` never calls `super().__init__()`.", ()
            )
        seen: set[tuple[str, int]] = set()
        for store in model.attribute_stores():
            owner = model.class_of(store.receiver)
            if not store.before_super or owner is None or owner.key in missing or owner.key in seen:
                continue
            if store.registers or _registers(model, store.value):
                seen.add(owner.key)
                yield self._early(store, owner, Confidence.HIGH)
            elif _is_used_as_module(owner, store):
                seen.add(owner.key)
                yield self._early(store, owner, Confidence.MEDIUM)

    def _early(self, store: AttributeStore, info: ClassInfo, confidence: Confidence) -> Report:
        what = f"`self.{store.name}` is set" if store.name else "A buffer, parameter or module is registered"
        method = info.methods.get("__init__")
        notes = (Note(Place(info.key[0], method.function.at), "the constructor"),) if method is not None else ()
        return self._report(store.site.place, store.site.symbol, f"{what} before `super().__init__()` has run.", notes, confidence)

    def _report(self, place: Place, symbol: str, message: str, notes: tuple[Note, ...], confidence: Confidence = Confidence.HIGH) -> Report:
        return Report(
            code=self.code,
            place=place,
            message=message,
            why="`nn.Module` makes its registries there: without them, setting a sub-module or calling the module fails.",
            advice="Call `super().__init__()` in the first line of `__init__`.",
            notes=notes,
            confidence=confidence,
            symbol=symbol,
        )


def _registers(model: SemanticModel, value: Value) -> bool:
    """Whether the value is certainly a module or a parameter."""
    return all(
        (type(fact) is Ref and model.object(fact.id).kind in MODULE_KINDS) or (type(fact) is Tensor and fact.after == "parameter")
        for fact in facts(value)
    )


def _is_used_as_module(info: ClassInfo, store: AttributeStore) -> bool:
    """Whether an argument is called like a network and called as a function elsewhere in the class."""
    if type(store.value) is not Unknown or store.value.cause != "parameter" or not any(word in store.name.lower() for word in NETWORKS):
        return False
    calls = (node.func for node in walk(info.node) if isinstance(node, ir.Call))
    return any(isinstance(called, ir.Attribute) and called.attr == store.name for called in calls)


def _calls_another(info: ClassInfo) -> bool:
    """Whether some method of the class calls an ``__init__`` (then that one is to blame, or it comes later)."""
    return any(
        isinstance(node, ir.Call) and isinstance(node.func, ir.Attribute) and node.func.attr == "__init__" for node in walk(info.node)
    )
