"""NN121: a module with weights gets gradients, and no optimizer owns it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.ownership import Ownership, ownership
from lintnn.values.happenings import Event, EventKind, ObjectFacts, ObjectId, Trace, events_of

BY_HAND = ("grad", "autograd", "functional_call", "configure_optimizers")
"""Names of a file in which parameters may be changed without an optimizer."""
EXCUSES = frozenset({EventKind.LOAD, EventKind.EVAL, EventKind.UNKNOWN})
"""What makes a module one that is perhaps not meant to learn: pretrained, a teacher, or handed to something unknown."""


class ModuleNotOptimized(Check[Report]):
    code = "NN121"
    name = "module-not-optimized"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a module with weights is part of the trained loss, and no optimizer owns its parameters"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Modules that were made in sight, through which a loss goes backward, and that no optimizer can own."""
        if not any(trace.objects for trace in model.traces()) or model.mentions(*BY_HAND):
            return
        owned = ownership(model)
        reported: set[ObjectId] = set()
        for trace in model.traces():
            for one, event in _forgotten(model, trace, owned):
                if one not in reported:
                    reported.add(one)
                    yield self._report(model, trace, one, event)

    def _report(self, model: SemanticModel, trace: Trace, one: ObjectId, event: Event) -> Report:
        optimizers = [facts for facts in trace.objects.values() if facts.kind == "optimizer"]
        label = trace.objects[one].label
        names = " and ".join(f"`{facts.label}`" for facts in optimizers)
        return Report(
            code=self.code,
            place=model.object(one).place,
            message=f"`{label}` is trained by no optimizer: {names} {'was' if len(optimizers) == 1 else 'were'} not given its parameters.",
            why="The loss goes backward through it, but its weights stay as they were initialised.",
            advice=f"Add `{label}.parameters()` to the optimizer, or freeze it with `requires_grad_(False)`.",
            notes=(
                *(Note(facts.place, f"`{facts.label}` is built here") for facts in optimizers if facts.place is not None),
                Note(event.at, "gradients are computed"),
            ),
            symbol=trace.root,
        )


def _forgotten(model: SemanticModel, trace: Trace, owned: Ownership) -> Iterator[tuple[ObjectId, Event]]:
    optimizers = {one: facts for one, facts in trace.objects.items() if facts.kind == "optimizer"}
    if not optimizers or any(facts.owns_unknown or not facts.fresh for facts in optimizers.values()) or not owned.is_complete:
        return
    events = list(events_of(trace.tree))
    if not any(event.kind is EventKind.STEP for event in events) or any(event.anything for event in events):
        return
    excused = {subject.object for event in events if event.kind in EXCUSES for subject in event.subjects}
    for event in events:
        if event.kind is not EventKind.BACKWARD:
            continue
        for subject in event.subjects:
            facts = trace.objects.get(subject.object)
            if facts is None or subject.object in excused or not _may_learn(model, subject.object, facts):
                continue
            around = {other for other, outer in trace.objects.items() if subject.object in outer.parts}
            if owned.touches({subject.object, *facts.parts}) or any(
                owned.touches({other, *trace.objects[other].parts}) for other in around
            ):
                continue
            if not around & excused and not any(subject.object in owned.parts_of(other) for other in owned.modules):
                yield subject.object, event


def _may_learn(model: SemanticModel, one: ObjectId, facts: ObjectFacts) -> bool:
    """Whether a module was made here, without pretrained weights, has weights for sure and is not frozen."""
    if facts.kind != "module" or not facts.fresh or facts.many or facts.frozen or facts.parts_unknown:
        return False
    objects = [model.object(part) for part in (one, *sorted(facts.parts))]
    if any(part.loader is not None or part.symbol for part in objects):
        return False
    info = model.class_of(one)
    if info is not None and any(
        isinstance(node, ir.Attribute) and node.attr.startswith("requires_grad") for node in model.nodes(ir.Attribute)
    ):
        return False
    return any(part.layer is not None and part.layer.has_parameters for part in objects)
