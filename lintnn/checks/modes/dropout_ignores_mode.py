"""NN204: a functional dropout is not told the mode of its module."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.model.semantic_model import unique
from lintnn.values.domain import Constant, alternatives
from lintnn.values.records import OperationCall

ALWAYS_ON = ("dropout", "dropout1d", "dropout2d", "dropout3d")
ALWAYS_OFF = ("alpha_dropout", "feature_alpha_dropout")
MODE = ".training"


class DropoutIgnoresMode(Check[Report]):
    code = "NN204"
    name = "dropout-ignores-mode"
    family = Family.MODES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a functional dropout in a module is called without training=self.training"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Functional dropouts in the forward pass of a module that neither get the mode nor depend on it otherwise."""
        calls = (call for call in model.operation_calls(*ALWAYS_ON, *ALWAYS_OFF) if _ignores_mode(call))
        for call in unique((call.site.place, call) for call in calls):
            name = call.operation.name
            on = name in ALWAYS_ON
            yield Report(
                code=self.code,
                place=call.site.place,
                message=f"`{name}` is not told `training=self.training`, so it is {'on' if on else 'off'} in every mode.",
                why="Predictions stay random after `eval()`." if on else "Nothing is ever dropped, not even in training.",
                advice=f"Pass `training=self.training` to `{name}`, or use the module made in `__init__`.",
                symbol=call.site.symbol,
            )


def _ignores_mode(call: OperationCall) -> bool:
    if call.spelling != "function" or not call.site.in_forward or "training" in call.arguments:
        return False
    return not any(condition.endswith(MODE) for condition, _ in call.site.path) and not _rate_excuses(call)


def _rate_excuses(call: OperationCall) -> bool:
    """Whether the rate is 0, or follows the mode."""
    rate = call.arguments.get("p")
    if rate is None:
        return False
    for fact, guard in alternatives(rate):
        if any(condition.endswith(MODE) for condition, _ in guard) or (type(fact) is Constant and fact.value == 0):
            return True
    return False
