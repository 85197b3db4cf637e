"""NN923: what load_state_dict returns is taken for the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.syntax import Line, Routine, apart, assigned_value, dotted, method_call, own, targets

OF_MODULES = frozenset({"eval", "train", "to", "cuda", "cpu", "half", "float", "parameters", "forward", "state_dict", "zero_grad", "step"})
"""Methods that modules and optimizers have and the result does not."""


class LoadResultAssigned(Check[Report]):
    code = "NN923"
    name = "load-result-assigned"
    family = Family.DATA
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "`model = model.load_state_dict(…)`: the name holds the list of missing keys, not the model"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Results of ``load_state_dict`` that take the place of what was loaded into, or are used like it."""
        if not model.mentions("load_state_dict"):
            return
        own_loads = {routine.name for routine in model.routines() if routine.name.endswith(".load_state_dict")}
        for routine in model.routines():
            for line in routine.lines:
                value = assigned_value(line.statement)
                called = method_call(value)
                if called is not None and called[1] == "load_state_dict" and not own_loads:
                    yield from self._assigned(model, routine, line, called[0])
                for node in own(line.statement):
                    outer = method_call(node)
                    inner = method_call(outer[0]) if outer is not None else None
                    if (
                        outer is not None
                        and inner is not None
                        and inner[1] == "load_state_dict"
                        and outer[1] in OF_MODULES
                        and not own_loads
                    ):
                        yield self._report(model, routine, line, f"The result of `load_state_dict` has no `{outer[1]}`", None, "")

    def _assigned(self, model: SemanticModel, routine: Routine, line: Line, receiver: ir.Expr) -> Iterator[Report]:
        for target in targets(line.statement):
            name = dotted(target)
            if not name:
                continue
            use = _use(routine, line, name)
            if name == dotted(receiver):
                yield self._report(model, routine, line, f"`{name}` is replaced by the result of `load_state_dict`", use, name)
            elif use is not None and use > 0:
                yield self._report(model, routine, line, f"`{name}` holds the result of `load_state_dict`, not the model", use, name)

    def _report(self, model: SemanticModel, routine: Routine, line: Line, message: str, use: int | None, name: str) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, line.at),
            message=f"{message}.",
            why="It loads in place and returns the lists of missing and unexpected keys, so the next use as a model fails.",
            advice="Call it on a line of its own, on an object that has a name.",
            notes=(Note(Place(model.path, use), f"`{name}` is used as a model"),) if use is not None and use > 0 else (),
            symbol=routine.name,
        )


def _use(routine: Routine, stored: Line, name: str) -> int | None:
    """Where the name is used like a module afterwards, before it is bound to something else."""
    for line in routine.lines:
        if line.at <= stored.at or apart(line, stored):
            continue
        for node in own(line.statement):
            if not isinstance(node, ir.Call):
                continue
            called = method_call(node)
            if dotted(node.func) == name or (called is not None and called[1] in OF_MODULES and dotted(called[0]) == name):
                return node.at
        if any(dotted(target) == name for target in targets(line.statement)):
            return None
    return None
