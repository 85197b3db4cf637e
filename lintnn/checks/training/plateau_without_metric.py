"""NN135: a plateau is looked for without, or on the wrong side of, a metric."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.model.expressions import call_at
from lintnn.values.domain import constant_of
from lintnn.values.happenings import EventKind, Trace, events_of
from lintnn.values.heap import HeapObject

BETTER_HIGH = frozenset({"acc", "accuracy", "f1", "auc", "auroc", "iou", "miou", "psnr", "bleu", "reward", "recall", "precision"})
BETTER_LOW = frozenset({"loss", "losses", "err", "error", "mae", "mse", "rmse", "cer", "wer", "ppl", "perplexity", "cost", "nll"})
PLATEAU = "torch.optim.lr_scheduler.ReduceLROnPlateau"


class PlateauWithoutMetric(Check[Report]):
    code = "NN135"
    name = "plateau-without-metric"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "ReduceLROnPlateau is stepped without a metric, or looks for the wrong direction"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Steps of plateau schedulers that give no metric, or one whose name contradicts the mode."""
        told: set[Place] = set()
        others = _steps_of_others(model)
        for trace in model.traces():
            for place, one in _steps(model, trace):
                call = call_at(model, place)
                if call is None or place in told or place in others or any(argument.star for argument in call.args):
                    continue
                message = _without_metric(model, call) or _wrong_direction(one, call)
                if message:
                    told.add(place)
                    yield Report(
                        code=self.code,
                        place=place,
                        message=message[0],
                        why=message[1],
                        advice=message[2],
                        notes=(Note(one.place, "the scheduler is made here"),),
                        symbol=trace.root,
                    )


def _steps_of_others(model: SemanticModel) -> set[Place]:
    """The places that also step schedulers of other classes: there, a condition that is not understood may tell them apart."""
    return {
        event.at
        for trace in model.traces()
        for event in events_of(trace.tree)
        if event.kind is EventKind.SCHEDULER_STEP
        for subject in event.subjects
        if lookup.canonical(model.object(subject.object).library) != PLATEAU
    }


def _steps(model: SemanticModel, trace: Trace) -> Iterator[tuple[Place, HeapObject]]:
    for event in events_of(trace.tree):
        if event.kind is EventKind.SCHEDULER_STEP and len(event.subjects) == 1:
            one = model.object(event.subjects[0].object)
            if one.library and lookup.canonical(one.library) == PLATEAU:
                yield event.at, one


def _without_metric(model: SemanticModel, call: ir.Call) -> tuple[str, str, str] | None:
    if call.args or _asks_for_class(model):
        return None
    return (
        "`ReduceLROnPlateau` is stepped without a metric.",
        "Its `step` needs one: the call stops with `missing 1 required positional argument: 'metrics'`.",
        "Give it what should stop improving, mostly the validation loss.",
    )


def _asks_for_class(model: SemanticModel) -> bool:
    """Whether the file tells plateau schedulers apart from others."""
    tests = [call for call in model.nodes(ir.Call) if isinstance(call.func, ir.Name) and call.func.id in ("isinstance", "type", "hasattr")]
    return any(PLATEAU.endswith(_last(argument.value)) for call in tests for argument in call.args[1:]) or any(
        call.func.id == "type" for call in tests if isinstance(call.func, ir.Name)
    )


def _wrong_direction(one: HeapObject, call: ir.Call) -> tuple[str, str, str] | None:
    if len(call.args) != 1:
        return None
    mode = constant_of(one.arguments["mode"]) if "mode" in one.arguments else "min"
    name = _last(call.args[0].value)
    words = set(re.findall(r"[a-z]+1?", name.lower().replace("_", " ")))
    if mode == "min" and words & BETTER_HIGH and not words & BETTER_LOW:
        said, other = "falling", "max"
    elif mode == "max" and words & BETTER_LOW:
        said, other = "rising", "min"
    else:
        return None
    return (
        f"`ReduceLROnPlateau` waits for `{name}` to stop {said}.",
        "The learning rate is cut while the model improves, and kept while it gets worse.",
        f'Say `mode="{other}"` where the scheduler is made.',
    )


def _last(expression: ir.Expr) -> str:
    """The name that an expression ends in: of a variable, an attribute, an entry."""
    if isinstance(expression, ir.Subscript) and isinstance(expression.index, ir.Literal):
        return expression.index.value if isinstance(expression.index.value, str) else _last(expression.value)
    if isinstance(expression, ir.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ir.Name) else "\0"
