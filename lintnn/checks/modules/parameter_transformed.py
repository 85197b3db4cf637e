"""NN803: a parameter that was transformed after it was made is no parameter any more."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import Tensor


class ParameterTransformed(Check[Report]):
    code = "NN803"
    name = "parameter-transformed"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`nn.Parameter(…)` followed by `.to()`, arithmetic or a reshape: the attribute holds a plain tensor"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Attributes set in ``__init__`` to what an operation makes of a new parameter that is kept nowhere else."""
        made = {model.origin(record.site.place) for record in model.constructions() if record.name == "torch.nn.Parameter"}
        if not made:
            return
        stores = [store for store in model.attribute_stores() if type(store.value) is Tensor]
        kept = {store.value.lineage for store in stores if type(store.value) is Tensor and len(store.value.lineage) == 1}
        for store in stores:
            value = store.value
            if type(value) is not Tensor or value.attached is not True or len(value.lineage) < 2 or value.lineage[0] not in made:
                continue
            info = model.class_of(store.receiver)
            if info is None or not info.is_module or value.lineage[:1] in kept or not store.site.symbol.endswith(".__init__"):
                continue
            if any(part in made for part in value.lineage[1:]) or value.sources:
                continue
            yield Report(
                code=self.code,
                place=store.site.place,
                message=f"`self.{store.name}` is not a parameter: the operation after `nn.Parameter(…)` gives a plain tensor.",
                why="It is missing from `parameters()` and `state_dict()`, so it is never trained, saved or moved.",
                advice="Do everything inside: `nn.Parameter((…).to(device))`.",
                notes=model.trail(value),
                symbol=store.site.symbol,
            )
