"""NN818: a layer class is given a tensor."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Fact, Tensor
from lintnn.values.records import Construction


class LayerClassCalled(Check[Report]):
    code = "NN818"
    name = "layer-class-called"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a layer class is called with a tensor, which makes a layer instead of applying one"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Constructors of layers without weights (no sizes to compute) whose first argument is certainly a tensor."""
        for made in unique((made.site.place, made) for made in model.constructions() if made.positional and _is_layer(model, made)):
            found = model.certainly(made.positional[0], _is_tensor, made.site)
            if found is None:
                continue
            name = made.name.rpartition(".")[2]
            yield Report(
                code=self.code,
                place=made.site.place,
                message=f"`{name}` is a class: called with a tensor it makes a layer and computes nothing.",
                why="The tensor is taken as an option of the layer, and what comes back is no tensor.",
                advice=f"Build it first, `{name}(…)(x)`, or use the function of `torch.nn.functional`.",
                confidence=found.confidence,
                symbol=made.site.symbol,
            )


def _is_layer(model: SemanticModel, made: Construction) -> bool:
    layer = model.object(made.object).layer if made.object is not None else None
    return layer is not None and layer.container == "no" and not layer.has_parameters


def _is_tensor(fact: Fact) -> bool:
    return type(fact) is Tensor and not fact.array and fact.rank != 0 and fact.role != "opaque" and _is_computed(fact)


def _is_computed(tensor: Tensor) -> bool:
    """Whether a layer or an operation made it; what an unknown module has as an attribute may be a size."""
    return tensor.attached is True or tensor.after not in ("unknown", "data")
