"""NN209: train or eval of a module means something else."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk

OTHER = {"train": "fit", "eval": "evaluate"}


class ModeMethodOverridden(Check[Report]):
    code = "NN209"
    name = "mode-method-overridden"
    family = Family.MODES
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`train` or `eval` of a module is overridden by a method that does something else"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Methods of modules called ``train`` or ``eval`` that set no mode."""
        for info, function in model.module_methods():
            if function.name not in ("train", "eval") or function.decorators or _sets_mode(function):
                continue
            yield Report(
                code=self.code,
                place=Place(model.path, function.at),
                message=f"`{info.name}.{function.name}` replaces the method of `nn.Module` that sets the mode.",
                why="`model.train()` and `model.eval()` of this class, or of what contains it, no longer switch dropout.",
                advice=f"Give it another name, such as `{OTHER[function.name]}`, or call `super().{function.name}`.",
                symbol=f"{info.name}.{function.name}",
            )


def _sets_mode(function: ir.Function) -> bool:
    """Whether the method speaks of the mode: through ``super()``, through that of its parts, or by the flag itself."""
    for node in walk(function):
        if isinstance(node, ir.Attribute) and node.attr in ("train", "eval", "training"):
            return True
        if isinstance(node, ir.Raise):
            return True
    return False
