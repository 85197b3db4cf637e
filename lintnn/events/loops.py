"""What the loops of a root are for."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from lintnn.events.outline import Cycle, Leaf, Node, Outline, outline, parts, walk
from lintnn.events.world import World
from lintnn.findings import Place
from lintnn.values.happenings import Event, EventKind, Subject, Trace


class LoopRole(StrEnum):
    TRAINING = "training"
    EVALUATION = "evaluation"
    OTHER = "other"


class LoopFacts(Struct, frozen=True):
    """A loop: what for, how deep (0 is outermost), and the forwards in it. ``direct``: its own body trains, not only a loop in it.

    ``grad``: whether gradients are on in all its forwards (True), in none (False), or neither is sure (None).
    """

    at: Place
    kind: str
    role: LoopRole
    depth: int
    direct: bool
    grad: bool | None
    forwards: tuple[Event, ...]


TRAINS = frozenset({EventKind.BACKWARD, EventKind.STEP})


def loops(trace: Trace) -> list[LoopFacts]:
    """The loops of a root in the order of the program, outer ones first."""
    return list(LoopBook(outline(trace.tree), World(trace.objects)).loops)


class LoopBook:
    """The loops of an outline, and the innermost one around each event."""

    def __init__(self, prepared: Outline, world: World) -> None:
        self._world = world
        self._around: dict[int, LoopFacts] = {}
        self.loops: list[LoopFacts] = []
        self._read(prepared.root)

    def around(self, event: Event) -> LoopFacts | None:
        """The innermost loop around an event of the outline (the first one, if it occurs in several)."""
        return self._around.get(id(event))

    def _read(self, root: Node) -> None:
        pending: list[tuple[Node, LoopFacts | None]] = [(root, None)]
        seen: set[int] = set()
        while pending:
            node, loop = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            if isinstance(node, Leaf) and loop is not None:
                self._around.setdefault(id(node.event), loop)
            if isinstance(node, Cycle):
                loop = self._describe(node, 0 if loop is None else loop.depth + 1)
                self.loops.append(loop)
            pending.extend((part, loop) for part in reversed(parts(node)))

    def _describe(self, loop: Cycle, depth: int) -> LoopFacts:
        events = [node.event for node in walk(loop) if isinstance(node, Leaf)]
        forwards = tuple(event for event in events if event.kind is EventKind.FORWARD)
        grads = {event.grad for event in forwards}
        return LoopFacts(
            at=loop.at,
            kind=loop.kind,
            role=self._role(events),
            depth=depth,
            direct=any(event.kind in TRAINS for event in _own_events(loop)),
            grad=grads.pop() if len(grads) == 1 else None,
            forwards=forwards,
        )

    def _role(self, events: list[Event]) -> LoopRole:
        if any(event.kind in TRAINS for event in events):
            return LoopRole.TRAINING
        if any(event.kind is EventKind.UNKNOWN and self._may_train(event.subjects) for event in events):
            return LoopRole.OTHER
        evaluates = any(event.kind is EventKind.FORWARD for event in events)
        return LoopRole.EVALUATION if evaluates else LoopRole.OTHER

    def _may_train(self, subjects: tuple[Subject, ...]) -> bool:
        return any(self._world.facts(subject.object).kind in ("optimizer", "scaler") for subject in subjects)


def _own_events(loop: Cycle) -> list[Event]:
    """The events of a loop that are in no loop within it."""
    events: list[Event] = []
    pending: list[Node] = [loop.first, loop.body]
    while pending:
        node = pending.pop()
        if isinstance(node, Leaf):
            events.append(node.event)
        elif not isinstance(node, Cycle):
            pending.extend(parts(node))
    return events
