"""NN815: a ModuleList is called, or a Sequential holds what it cannot call as a module."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Fact, FunctionValue, LibraryName, Ref
from lintnn.values.records import Construction


class ContainerCalled(Check[Report]):
    code = "NN815"
    name = "container-called"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.LOW
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a `ModuleList` or `ModuleDict` is called, or a `Sequential` is given a function or a list"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Calls of what certainly is a container without a forward, and arguments of ``Sequential`` that are certainly no modules."""
        for record in unique((record.site.place, record) for record in model.module_calls()):
            one = model.object(record.module)
            if record.site.choices:
                continue
            if one.layer is not None and one.layer.container in ("list", "dict") and one.class_key is None:
                name = one.layer.names[0].rpartition(".")[2]
                yield Report(
                    code=self.code,
                    place=record.site.place,
                    message=f"A `{name}` is called, and it has no `forward`.",
                    why="It only keeps its modules; the call raises `NotImplementedError`.",
                    advice="Loop over its modules, or use `nn.Sequential`.",
                    notes=(Note(one.place, f"the `{name}` is built here"),),
                    symbol=record.site.symbol,
                )
        for made in unique((made.site.place, made) for made in model.constructions() if made.name == "torch.nn.Sequential"):
            what = _no_module(model, made)
            if what:
                yield Report(
                    code=self.code,
                    place=made.site.place,
                    message=f"`nn.Sequential` is given {what}.",
                    why="It takes modules only and raises `TypeError`.",
                    advice="Unpack the list, `nn.Sequential(*layers)`." if what == "a list" else "Use a layer, such as `nn.ReLU()`.",
                    symbol=made.site.symbol,
                )


def _no_module(model: SemanticModel, made: Construction) -> str:
    """What among the arguments is certainly no module."""
    for value in made.positional:
        if model.certainly(value, _is_function, made.site) is not None:
            return "a function"
        if len(made.positional) == 1 and type(value) is Ref and model.object(value.id).kind == "list":
            return "a list"
    return ""


def _is_function(fact: Fact) -> bool:
    if type(fact) is LibraryName:
        return fact.name.startswith(("torch.nn.functional.", "torch.")) and fact.name.rpartition(".")[2].islower()
    return type(fact) is FunctionValue
