"""NN153: a model is changed after DistributedDataParallel or FSDP has taken stock of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.distributed import DATA_PARALLEL, SHARDED, Wrapped, wrapped
from lintnn.model.optimizers import Built, optimizers_built
from lintnn.model.syntax import Line, apart, argument, assigned_value, dotted, method_call, own, targets

CONVERTS = "torch.nn.SyncBatchNorm.convert_sync_batchnorm"
WHY = "The wrapper listed the parameters when it was made; what comes later is not averaged over the processes."


class ModuleChangedAfterWrap(Check[Report]):
    code = "NN153"
    name = "module-changed-after-wrap"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a model is changed after it was wrapped by DistributedDataParallel, or its optimizer is older than its FSDP wrapper"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """New layers, frozen parameters and converted norms after the wrapping; optimizers over parameters that sharding replaces."""
        if not model.mentions(DATA_PARALLEL, SHARDED):
            return
        built = optimizers_built(model)
        for one in wrapped(model):
            if one.kind == SHARDED:
                yield from self._stale(model, one, built)
                continue
            for line in one.routine.lines:
                change = _change(model, one, line) if line.at > one.line.at and not apart(line, one.line) else ""
                if change:
                    yield self._report(model, one, line.at, f"{change} after `{one.name}` was wrapped.", WHY, "Wrap the model last.")

    def _stale(self, model: SemanticModel, one: Wrapped, built: list[Built]) -> Iterator[Report]:
        original = argument(one.call, -1, "use_orig_params")
        if isinstance(original, ir.Literal) and original.value is True:
            return
        for optimizer in built:
            if optimizer.routine is not one.routine or optimizer.line.at > one.line.at or one.inner not in optimizer.sources:
                continue
            again = any(other.name == optimizer.name and other.line.at > one.line.at for other in built if other.routine is one.routine)
            if not again and not apart(optimizer.line, one.line):
                message = f"`{optimizer.name}` was built before `{one.inner}` was sharded, over parameters that are replaced here."
                why = "FSDP flattens the parameters into new ones; the optimizer steps on tensors that nothing uses any more."
                yield self._report(model, one, one.line.at, message, why, "Build the optimizer after wrapping.", optimizer.line.at)

    def _report(self, model: SemanticModel, one: Wrapped, at: int, message: str, why: str, advice: str, before: int = -1) -> Report:
        note = Note(Place(model.path, one.line.at), "wrapped here") if before < 0 else Note(Place(model.path, before), "built here")
        return Report(
            code=self.code, place=Place(model.path, at), message=message, why=why, advice=advice, notes=(note,), symbol=one.routine.name
        )


def _change(model: SemanticModel, one: Wrapped, line: Line) -> str:
    """What a statement changes about the wrapped model; empty if nothing."""
    names = {f"{one.name}.module", *([one.inner] if one.inner and one.inner != one.name else [])}
    value = assigned_value(line.statement)
    for target in targets(line.statement):
        text = dotted(target)
        if isinstance(value, ir.Call) and any(text.startswith(f"{name}.") for name in names):
            layer = lookup.layer(model.library_name(value.func))
            if layer is not None and layer.has_parameters:
                return f"`{text}` is replaced"
    if isinstance(value, ir.Call) and model.library_name(value.func) == CONVERTS and value.args:
        given = dotted(value.args[0].value)
        return f"The norms of `{given}` are converted" if given in (one.name, *names) else ""
    for node in own(line.statement):
        called = method_call(node)
        if called is not None and called[1] == "requires_grad_" and dotted(called[0]).startswith(tuple({one.name, *names})):
            return f"`{dotted(called[0])}` is frozen or unfrozen"
    if isinstance(line.statement, ir.For):
        called = method_call(line.statement.iter)
        if called is not None and called[1] == "parameters" and dotted(called[0]).startswith(tuple({f"{one.name}.", one.name, *names})):
            freezes = any(
                isinstance(node, ir.Attribute) and node.attr.startswith("requires_grad") for s in line.statement.body for node in own(s)
            )
            return f"`{dotted(called[0])}` is frozen or unfrozen" if freezes else ""
    return ""
