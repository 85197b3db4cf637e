"""NN152: the training forward goes past the wrapper that synchronises gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.distributed import DATA_PARALLEL, Wrapped, calls_in, wrapped
from lintnn.model.syntax import Line, Routine, assigned_value, dotted, own, targets

BY_HAND = ("all_reduce", "average_gradients", "sync_gradients", "no_sync", "Accelerator", "register_comm_hook", "reduce_gradients")


class DdpWrapperBypassed(Check[Report]):
    code = "NN152"
    name = "ddp-wrapper-bypassed"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "the loss is computed with the inner module instead of the DistributedDataParallel wrapper"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Forward passes through ``.module``, or through the name from before the wrapping, whose result goes backward."""
        if not model.mentions(DATA_PARALLEL) or model.mentions(*BY_HAND):
            return
        for one in wrapped(model):
            if one.kind != DATA_PARALLEL:
                continue
            for routine in _routines_with(model, one):
                inner = [f"{one.name}.module"]
                if one.inner and one.inner != one.name and routine is one.routine:
                    inner.append(one.inner)
                yield from self._bypassed(model, one, routine, inner)

    def _bypassed(self, model: SemanticModel, one: Wrapped, routine: Routine, inner: list[str]) -> Iterator[Report]:
        for line in routine.lines:
            if not line.loops or (routine is one.routine and line.at < one.line.at):
                continue
            call = next((call for call in _calls(line) if dotted(call.func) in inner), None)
            names = {dotted(target) for target in targets(line.statement)} if assigned_value(line.statement) is not None else set()
            if call is None or not names:
                continue
            loop = line.loops[-1]
            called = [dotted(other.func) for other in calls_in(loop)]
            if one.name in called or not any(name.endswith(".backward") for name in called) or not _reaches_backward(routine, line, names):
                continue
            yield Report(
                code=self.code,
                place=Place(model.path, call.at),
                message=f"The loss is computed with `{dotted(call.func)}`, past the wrapper `{one.name}`.",
                why="Gradients are then not averaged over the processes: each one trains a model of its own on its share of the data.",
                advice=f"Call `{one.name}(…)`; the inner module is for evaluation, saving and attributes.",
                notes=(Note(Place(model.path, one.line.at), "wrapped here"),),
                symbol=routine.name,
            )
            return


def _routines_with(model: SemanticModel, one: Wrapped) -> list[Routine]:
    """The routine that wraps, and for an attribute the other methods of the class."""
    if not one.name.startswith("self.") or one.routine.owner is None:
        return [one.routine]
    return [routine for routine in model.routines() if routine.owner is one.routine.owner]


def _calls(line: Line) -> Iterator[ir.Call]:
    return (node for node in own(line.statement) if isinstance(node, ir.Call))


def _reaches_backward(routine: Routine, start: Line, names: set[str]) -> bool:
    """Whether what the statement gives flows, by assignments in the same loop, into something on which backward is called."""
    known = set(names)
    for line in routine.lines:
        if line.at <= start.at or line.loops[: len(start.loops)] != start.loops:
            continue
        read = {dotted(node) for node in own(line.statement) if isinstance(node, (ir.Name, ir.Attribute))}
        for call in _calls(line):
            name = dotted(call.func)
            if name.endswith(".backward") and (
                name.removesuffix(".backward") in known or any(dotted(arg.value) in known for arg in call.args)
            ):
                return True
        if read & known:
            known |= {dotted(target) for target in targets(line.statement)}
    return False
