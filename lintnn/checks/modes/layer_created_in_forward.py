"""NN205: a layer with weights, statistics or a mode is constructed in the forward pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.assigned import walk
from lintnn.values.domain import Ref, facts
from lintnn.values.records import Construction


class LayerCreatedInForward(Check[Report]):
    code = "NN205"
    name = "layer-created-in-forward"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a layer with weights, statistics or a mode is constructed inside forward"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Layers that every forward pass makes anew."""
        lazily = frozenset(_made_once(model))
        decorated = frozenset(function.name for function in model.nodes(ir.Function) if function.decorators)
        made = [one for one in model.constructions() if one.site.in_forward and one.site.place.at not in lazily and _has_state(model, one)]
        made = [one for one in made if one.site.symbol.rpartition(".")[2] not in decorated]
        inner = {fact.id for one in made for value in one.positional for fact in facts(value) if type(fact) is Ref}
        for one in unique((one.site.place, one) for one in made if one.object not in inner):
            name = one.name.rpartition(".")[2]
            yield Report(
                code=self.code,
                place=one.site.place,
                message=f"`{name}` is constructed inside `forward`, so every call gets a new one.",
                why=_harm(model, one),
                advice="Construct it in `__init__`, assign it to `self`, and call it here.",
                confidence=Confidence.HIGH if one.site.symbol.endswith((".forward", ".__call__")) else Confidence.MEDIUM,
                symbol=one.site.symbol,
            )


def _harm(model: SemanticModel, one: Construction) -> str:
    layer = model.object(one.object).layer if one.object is not None else None
    if layer is not None and layer.mode == "dropout" and not layer.has_parameters:
        return "It is always in training mode: `eval()` does not reach it."
    if layer is not None and layer.mode == "statistics":
        return "Its statistics start again in every call, and `eval()` does not reach it."
    return "Its weights are new and random in every call, and no optimizer trains them."


def _has_state(model: SemanticModel, one: Construction) -> bool:
    if one.object is None:
        return False
    made = model.object(one.object)
    if made.kind == "module":
        return made.class_key is not None and _keeps_layers(model, made.class_key)
    if made.layer is None or made.kind != "layer":
        return False
    if made.layer.container != "no":
        return any(_is_stateful(model, fact.id) for value in one.positional for fact in facts(value) if type(fact) is Ref)
    return made.layer.has_parameters or made.layer.mode != "never"


def _is_stateful(model: SemanticModel, one: int) -> bool:
    layer = model.object(one).layer
    return layer is not None and (layer.has_parameters or layer.mode != "never")


def _keeps_layers(model: SemanticModel, key: tuple[str, int]) -> bool:
    """Whether the ``__init__`` of a project module makes a layer with state."""
    symbol = f"{model.class_by_key(key).name}.__init__"
    return any(
        one.site.symbol == symbol and one.site.place.path == key[0] and one.object is not None and _is_stateful(model, one.object)
        for one in model.constructions()
    )


def _made_once(model: SemanticModel) -> Iterator[int]:
    """The calls whose result a branch assigns to an attribute: a layer that is built when it is first needed."""
    for branch in model.nodes(ir.If):
        for arm in branch.arms:
            for node in walk(arm):
                if isinstance(node, ir.Assign) and any(isinstance(target, (ir.Attribute, ir.Subscript)) for target in node.targets):
                    yield from (call.at for call in walk(node.value) if isinstance(call, ir.Call))
