"""NN808: a sub-module that __init__ makes and no forward uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo
from lintnn.values.domain import Ref, facts
from lintnn.values.records import AttributeStore

ROOTS = frozenset({"torch.nn.Module", "torch.nn.modules.module.Module"})
"""Library bases whose own code uses no sub-module that a subclass makes."""
DYNAMIC = frozenset({"children", "named_children", "_modules", "__dict__", "get_submodule", "__getattr__", "add_module", "register_module"})
INITIALISERS = ("init", "reset", "weight")


class UnusedSubmodule(Check[Report]):
    code = "NN808"
    name = "unused-submodule"
    family = Family.MODULES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a sub-module made in `__init__` that no method uses"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Sub-modules built in the ``__init__`` of a class whose attribute nothing in the project reads."""
        stores = [store for store in model.attribute_stores() if _is_own(model, store)]
        if not stores:
            return
        built = {store.value_place.at for store in stores}
        calls = {node.value.at for node in model.nodes(ir.Assign) if node.value.at in built and isinstance(node.value, ir.Call)}
        reads = _reads(model)
        reported: set[tuple[tuple[str, int], str]] = set()
        for store in stores:
            info = model.class_of(store.receiver)
            if info is None or store.value_place.at not in calls or (info.key, store.name) in reported:
                continue
            if store.name in reads or not _is_closed(model, info) or model.other_uses(store.name, info.name):
                continue
            reported.add((info.key, store.name))
            yield Report(
                code=self.code,
                place=store.site.place,
                message=f"`self.{store.name}` is made here and used in no method.",
                why=_harm(model, store),
                advice="Call it where it belongs, or remove it.",
                symbol=store.site.symbol,
            )


def _harm(model: SemanticModel, store: AttributeStore) -> str:
    layers = [model.object(fact.id).layer for fact in facts(store.value) if type(fact) is Ref]
    if all(layer is not None and not layer.has_parameters and layer.container == "no" for layer in layers):
        return "The step that it stands for is missing from the model."
    return "Its weights get no gradient, which stops DDP, and the step that it stands for is missing from the model."


def _is_own(model: SemanticModel, store: AttributeStore) -> bool:
    """Whether the store puts a new module under a name of ``self`` in ``__init__`` of this file."""
    if store.site.place.path != model.path or not store.site.symbol.endswith(".__init__") or store.registers:
        return False
    return all(type(fact) is Ref and model.is_module(fact.id) for fact in facts(store.value))


def _is_closed(model: SemanticModel, info: ClassInfo) -> bool:
    """Whether the class has a forward of its own and all code that may use its parts is known."""
    if info.open or any(isinstance(key, str) and key not in ROOTS for key in info.resolution):
        return False
    forward = info.methods.get("forward")
    if forward is None:
        return False
    nodes = [model.class_by_key(key).node for key in info.resolution if not isinstance(key, str)]
    return not any(_is_dynamic(node) for tree in nodes for node in walk(tree))


def _is_dynamic(node: object) -> bool:
    if isinstance(node, ir.Attribute):
        return node.attr in DYNAMIC
    if isinstance(node, ir.Call) and isinstance(node.func, ir.Name):
        return node.func.id in ("getattr", "eval", "vars") and (len(node.args) < 2 or not isinstance(node.args[1].value, ir.Literal))
    return isinstance(node, ir.FunctionDef) and node.function.name == "__getattr__"


def _reads(model: SemanticModel) -> frozenset[str]:
    """Attributes that the file reads, as a name or in quotes; initialising their weights does not count."""
    stored = {id(target) for node in model.nodes(ir.Assign) for target in node.targets}
    idle = {id(node) for node in _initialised(model)}
    names = {node.attr for node in model.nodes(ir.Attribute) if id(node) not in stored and id(node) not in idle}
    quoted = {
        part for node in model.nodes(ir.Literal) if isinstance(node.value, str) and len(node.value) < 80 for part in node.value.split(".")
    }
    return frozenset(names | quoted)


def _initialised(model: SemanticModel) -> Iterator[ir.Attribute]:
    """``self.name`` in statements that only initialise weights: ``init.zeros_(self.name.weight)``."""
    for function in model.nodes(ir.Function):
        if any(part in function.name for part in INITIALISERS):
            for statement in walk(function):
                if isinstance(statement, ir.ExprStmt) and isinstance(statement.value, ir.Call):
                    for node in walk(statement.value):
                        if isinstance(node, ir.Attribute) and node.attr in ("weight", "bias") and isinstance(node.value, ir.Attribute):
                            yield node.value
