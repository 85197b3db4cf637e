"""NN807: a line that is meant to freeze weights sets an attribute that PyTorch does not read."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.modules.spelling import distance
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo
from lintnn.values.domain import Fact, Parameters, Tensor, Unknown, constant_of
from lintnn.values.records import Site

SWITCH, METHOD = "requires_grad", "requires_grad_"


class IneffectiveFreeze(Check[Report]):
    code = "NN807"
    name = "ineffective-freeze"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`require_grad = False`, `module.requires_grad = False`, `requires_grad_ = False`: nothing is frozen"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Misspelled switches on tensors, and switches that modules do not have."""
        if not any(_is_like_switch(name) for name in model.module.attributes):
            return
        for tensor_store in model.tensor_stores():
            frees = constant_of(tensor_store.value) is True
            if _is_parameter(tensor_store.receiver) and tensor_store.name != SWITCH and _is_like_switch(tensor_store.name) and not frees:
                text = f"`{tensor_store.name}` is not an attribute that PyTorch reads."
                yield self._report(tensor_store.site, text, "parameter.requires_grad = False")
            elif tensor_store.name in (SWITCH, METHOD) and self._is_part(model, tensor_store.receiver):
                yield self._on_module(tensor_store.site, tensor_store.name)
        for store in model.attribute_stores():
            if store.name in (SWITCH, METHOD) and isinstance(constant_of(store.value), bool) and model.is_module(store.receiver):
                info = model.class_of(store.receiver)
                if info is None or not _is_own(model, info, store.name):
                    yield self._on_module(store.site, store.name)

    def _is_part(self, model: SemanticModel, receiver: Fact) -> bool:
        """Whether an unknown value is an element of a module: only containers of modules can be iterated."""
        return type(receiver) is Unknown and bool(receiver.element_of) and model.is_module_symbol(receiver.element_of.partition("[")[0])

    def _on_module(self, site: Site, name: str) -> Report:
        what = "has no such switch" if name == SWITCH else "loses its method of that name"
        return self._report(
            site, f"A module {what}: setting `{name}` on it does nothing to its parameters.", "module.requires_grad_(False)"
        )

    def _report(self, site: Site, text: str, instead: str) -> Report:
        return Report(
            code=self.code,
            place=site.place,
            message=text,
            why="Python makes a new attribute without a word, and every weight goes on training.",
            advice=f"Write `{instead}`.",
            symbol=site.symbol,
        )


def _is_own(model: SemanticModel, info: ClassInfo, name: str) -> bool:
    """Whether the class has an attribute of that name itself, or reads one."""
    reads = any(isinstance(node, ir.Attribute) and node.attr == name and isinstance(node.value, ir.Name) for node in walk(info.node))
    return name in info.attributes or model.method(info, name) is not None or reads


def _is_like_switch(name: str) -> bool:
    return name.startswith("requ") and len(name) > 9 and distance(name, SWITCH) <= 2


def _is_parameter(receiver: Fact) -> bool:
    return type(receiver) is Parameters or (type(receiver) is Tensor and receiver.role == "parameter")
