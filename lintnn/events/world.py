"""What an event means for one object: surely, possibly, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from lintnn.values.happenings import Event, EventKind, ObjectFacts, ObjectId, Subject

NOBODY = ObjectFacts(kind="unknown", label="?")

MODES = frozenset({EventKind.TRAIN, EventKind.EVAL})
ON_PARAMETERS = frozenset({EventKind.BACKWARD, EventKind.CLEAR, EventKind.CLIP, EventKind.UNKNOWN})
ON_OPTIMIZERS = frozenset({EventKind.STEP, EventKind.UNSCALE, *ON_PARAMETERS})
ON_MODULES = frozenset({EventKind.FORWARD, EventKind.BACKWARD, EventKind.STEP, EventKind.UNKNOWN, *MODES})
REACHES_OPTIMIZERS = frozenset({"scheduler", "scaler", "unknown"})


class Touch(IntEnum):
    NO = 0
    MAYBE = 1
    SURE = 2


class World:
    """The objects of a root and how they hang together."""

    def __init__(self, objects: dict[ObjectId, ObjectFacts]) -> None:
        self._objects = objects
        optimizers = [one for one, facts in objects.items() if facts.kind == "optimizer"]
        self._optimizers = optimizers
        self._only = optimizers[0] if len(optimizers) == 1 and not objects[optimizers[0]].many else None

    def facts(self, one: ObjectId) -> ObjectFacts:
        """What is known of an object."""
        return self._objects.get(one, NOBODY)

    def of_kind(self, kind: str) -> list[ObjectId]:
        """The objects of a kind that no framework takes care of, in order."""
        return [one for one in sorted(self._objects) if self.facts(one).kind == kind and not self._managed(one)]

    def touch(self, event: Event, slot: ObjectId) -> Touch:
        """Whether an event concerns the object ``slot``."""
        if event.kind is EventKind.BUILD:
            return Touch.SURE if any(subject.object == slot for subject in event.subjects) else Touch.NO
        if self.facts(slot).kind == "optimizer":
            return self._touch_optimizer(event, slot)
        return self._touch_module(event, slot)

    def owns(self, optimizer: ObjectId, module: ObjectId) -> Touch:
        """Whether an optimizer holds parameters of a module."""
        facts = self.facts(optimizer)
        owned = self._family(facts.owns)
        if owned & self._family((module,)):
            return Touch.SURE
        if self._presumed(optimizer):
            return Touch.SURE
        if facts.owns_unknown or any(self._may_share(other, module) for other in facts.owns):
            return Touch.MAYBE
        return Touch.NO

    def _presumed(self, optimizer: ObjectId) -> bool:
        """The only optimizer, of which nothing is known, is taken to hold what is trained."""
        facts = self.facts(optimizer)
        return optimizer == self._only and not facts.owns and facts.owns_unknown

    def _share(self, first: ObjectId, second: ObjectId) -> bool:
        """Whether two optimizers are known to hold the same parameters."""
        return bool(self._family(self.facts(first).owns) & self._family(self.facts(second).owns))

    def _managed(self, one: ObjectId) -> bool:
        return any(self.facts(other).gradients_cleared_elsewhere for other in self._family((one, *self.facts(one).owns)))

    def _family(self, modules: Iterable[ObjectId]) -> frozenset[ObjectId]:
        members = frozenset(modules)
        return members.union(*(self.facts(module).parts for module in members))

    def _may_share(self, first: ObjectId, second: ObjectId) -> bool:
        """Whether two modules may have parts in common that are not known; two modules built here have not."""
        one, other = self.facts(first), self.facts(second)
        if not (one.parts_unknown or other.parts_unknown) or (one.fresh and other.fresh):
            return False
        return one.fresh or other.fresh or not _side_by_side(one.label, other.label)

    def _touch_optimizer(self, event: Event, slot: ObjectId) -> Touch:
        if event.kind is EventKind.UPDATE:
            return Touch.SURE
        if event.kind not in ON_OPTIMIZERS:
            return Touch.NO
        subjects = [subject for subject in event.subjects if self._counts(event, subject)]
        if not subjects:
            only = event.kind is EventKind.BACKWARD and slot == self._only
            return Touch.SURE if only and not event.anything else self._vague(event)
        touched = max(self._vague(event, Touch.NO), *(self._subject_of_optimizer(event, subject, slot) for subject in subjects))
        return Touch.MAYBE if touched is Touch.NO and self._reaches_nobody(event, subjects) else touched

    def _reaches_nobody(self, event: Event, subjects: list[Subject]) -> bool:
        """A backward of which no optimizer can be told to profit: the model behind it was lost on the way."""
        if event.kind is not EventKind.BACKWARD:
            return False
        return not any(self._subject_of_optimizer(event, subject, one) for subject in subjects for one in self._optimizers)

    def _counts(self, event: Event, subject: Subject) -> bool:
        """The scaler of a scaled step says nothing about which optimizer it steps."""
        return event.kind is EventKind.UNKNOWN or self.facts(subject.object).kind != "scaler"

    def _vague(self, event: Event, otherwise: Touch = Touch.MAYBE) -> Touch:
        if event.anything:
            return Touch.MAYBE
        return Touch.NO if event.kind is EventKind.UNKNOWN else otherwise

    def _subject_of_optimizer(self, event: Event, subject: Subject, slot: ObjectId) -> Touch:
        return min(self._reach_optimizer(event, subject.object, slot), Touch.SURE if subject.certain else Touch.MAYBE)

    def _reach_optimizer(self, event: Event, one: ObjectId, slot: ObjectId) -> Touch:
        if one == slot:
            return Touch.SURE
        kind = self.facts(one).kind
        if kind == "module":
            return self._through_module(event, one, slot)
        if kind == "unknown" and event.kind is EventKind.BACKWARD and self._presumed(slot):
            return Touch.SURE
        if kind == "unknown" or (event.kind is EventKind.UNKNOWN and kind in REACHES_OPTIMIZERS):
            return Touch.MAYBE
        shared = kind == "optimizer" and event.kind is EventKind.CLEAR and self._share(one, slot)
        return Touch.MAYBE if shared else Touch.NO

    def _through_module(self, event: Event, module: ObjectId, slot: ObjectId) -> Touch:
        if event.kind not in ON_PARAMETERS:
            return Touch.MAYBE
        owned = self.owns(slot, module)
        if event.kind is EventKind.CLEAR and owned is Touch.SURE and not self._covers(module, slot):
            return Touch.MAYBE
        return owned

    def _covers(self, module: ObjectId, optimizer: ObjectId) -> bool:
        """Whether all that the optimizer owns is the module's."""
        facts = self.facts(optimizer)
        return facts.owns <= self._family((module,)) and (not facts.owns_unknown or optimizer == self._only)

    def _touch_module(self, event: Event, slot: ObjectId) -> Touch:
        if event.kind not in ON_MODULES:
            return Touch.NO
        if event.kind is EventKind.STEP:
            return self._step_of_module(event, slot)
        touched = self._vague(event, Touch.NO)
        for subject in event.subjects:
            reached = self._reach_module(event, subject.object, slot)
            touched = max(touched, min(reached, Touch.SURE if subject.certain else Touch.MAYBE))
        return touched

    def _reach_module(self, event: Event, one: ObjectId, slot: ObjectId) -> Touch:
        if one == slot:
            return Touch.SURE
        if self.facts(one).kind == "unknown":
            return Touch.MAYBE
        if self.facts(one).kind != "module" or event.kind is EventKind.FORWARD:
            return Touch.NO
        if slot in self.facts(one).parts:
            return Touch.SURE
        if one in self.facts(slot).parts:
            return _PART_OF_SLOT.get(event.kind, Touch.NO)
        return Touch.MAYBE if self.facts(one).parts_unknown and self._may_share(one, slot) else Touch.NO

    def _step_of_module(self, event: Event, slot: ObjectId) -> Touch:
        touched = Touch.NO
        for subject in event.subjects:
            if self.facts(subject.object).kind == "optimizer":
                touched = max(touched, min(self.owns(subject.object, slot), Touch.SURE if subject.certain else Touch.MAYBE))
        return touched


def _side_by_side(first: str, second: str) -> bool:
    """Whether two names look like two models that are handed in or kept side by side: neither is an attribute of the other."""
    return first != second and first.rpartition(".")[0] == second.rpartition(".")[0]


_PART_OF_SLOT = {EventKind.BACKWARD: Touch.SURE, EventKind.TRAIN: Touch.MAYBE}
"""What an event on a part of a module means for the module itself."""

_GRAD = {True: "on", False: "off", None: "unknown"}


def symbol_of(event: Event, touch: Touch, details: frozenset[EventKind]) -> str | None:
    """The symbol under which a machine reads an event."""
    if touch is Touch.NO:
        return None
    if event.kind is EventKind.UNKNOWN:
        return "unknown"
    if event.kind in MODES and event.detail == "unknown":
        return "mode?"
    symbol = event.kind.value
    if event.kind in details:
        symbol += ":" + (event.detail or (_GRAD[event.grad] if event.kind is EventKind.FORWARD else "plain"))
    return symbol if touch is Touch.SURE else symbol + "?"
