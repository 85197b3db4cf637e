"""Reports about whole loops: what must happen *somewhere* in a loop, or nowhere.

A path through a machine may skip what is optional; here an optional event is enough to be silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lintnn.events.outline import Chain, Cycle, Fork, Frame, Leaf, Node, Outline, Shelter, on_counter, parts, walk
from lintnn.events.violation import Step, Violation, distinct
from lintnn.events.world import Touch, World
from lintnn.values.happenings import Event, EventKind, ObjectId

MISSING_BACKWARD = "missing-backward"
MISSING_STEP = "missing-optimizer-step"
CLEARED_EVERY_MICRO_BATCH = "zero-grad-every-micro-batch"


def loop_violations(prepared: Outline, world: World) -> Iterator[Violation]:
    """The reports about loops, by rule, then optimizer, then the order of the program."""
    views = [_View(prepared, world, slot) for slot in world.of_kind("optimizer")]
    for find in (_missing_backward, _missing_step, _cleared_every_micro_batch):
        for view in views:
            yield from find(view)


class _View:
    """An outline as one optimizer sees it: masks over the signatures."""

    def __init__(self, prepared: Outline, world: World, slot: ObjectId) -> None:
        self.root = prepared.root
        self.slot = slot
        self._world = world
        self._signatures = prepared.signatures
        self.backward = self._mask(EventKind.BACKWARD, Touch.SURE)
        self.step = self._mask(EventKind.STEP, Touch.SURE)
        self.clear = self._mask(EventKind.CLEAR, Touch.SURE)
        self.own_clear = self._where(lambda event: event.kind is EventKind.CLEAR and self._is_subject(event))
        self.forward = self._where(self._trains_forward)
        self.unknown = self._mask(EventKind.UNKNOWN, Touch.MAYBE)
        self.perhaps_backward = self._mask(EventKind.BACKWARD, Touch.MAYBE) | self.unknown
        self.perhaps_step = self._mask(EventKind.STEP, Touch.MAYBE) | self.unknown

    def violation(self, rule: str, told: list[Leaf], primary: Leaf) -> Violation:
        """The report that these events tell."""
        facts = self._world.facts(self.slot)
        return Violation(
            machine=rule,
            slot=self.slot,
            label=facts.label,
            steps=tuple(Step(leaf.event, leaf.event.kind.value) for leaf in told),
            choices=1 if facts.many else 0,
            primary=primary.event.at,
            related=distinct([leaf.event.at for leaf in told if leaf.event.at != primary.event.at]),
        )

    def _where(self, wanted: Callable[[Event], bool]) -> int:
        return sum(1 << index for index, event in enumerate(self._signatures) if wanted(event))

    def _mask(self, kind: EventKind, least: Touch) -> int:
        return self._where(lambda event: event.kind is kind and self._world.touch(event, self.slot) >= least)

    def _is_subject(self, event: Event) -> bool:
        return any(subject.object == self.slot and subject.certain for subject in event.subjects)

    def _trains_forward(self, event: Event) -> bool:
        if event.kind is not EventKind.FORWARD or event.grad is not True:
            return False
        return any(subject.certain and self._world.owns(self.slot, subject.object) for subject in event.subjects)


def _first(node: Node, mask: int) -> Leaf | None:
    return next((part for part in walk(node) if isinstance(part, Leaf) and part.touches & mask), None)


def _outer_loops(root: Node) -> Iterator[Cycle]:
    pending = [root]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        if isinstance(node, Cycle):
            yield node
        else:
            pending.extend(reversed(parts(node)))


def _loops(root: Node) -> Iterator[Cycle]:
    return (node for node in walk(root) if isinstance(node, Cycle))


def _missing_backward(view: _View) -> Iterator[Violation]:
    """The optimizer steps in a loop with a forward, and no backward can have run anywhere around."""
    for outer in _outer_loops(view.root):
        if not outer.touches & view.step or outer.touches & view.perhaps_backward:
            continue
        training = [loop for loop in _loops(outer) if loop.touches & view.step and loop.touches & view.forward]
        if not training:
            continue
        forward, step = _first(training[-1], view.forward), _first(training[-1], view.step)
        if forward is not None and step is not None:
            yield view.violation(MISSING_BACKWARD, [forward, step], step)


def _missing_step(view: _View) -> Iterator[Violation]:
    """Backward and clear repeat in a loop, and the optimizer can never have stepped."""
    if view.root.touches & view.perhaps_step:
        return
    for outer in _outer_loops(view.root):
        repeated = [loop for loop in _loops(outer) if loop.touches & view.backward and loop.touches & view.own_clear]
        if not repeated:
            continue
        backward, clear = _first(repeated[-1], view.backward), _first(repeated[-1], view.own_clear)
        if backward is not None and clear is not None:
            yield view.violation(MISSING_STEP, [clear, backward], backward)


def _cleared_every_micro_batch(view: _View) -> Iterator[Violation]:
    """Clear and backward run in every round, the step only every few."""
    for loop in _loops(view.root):
        always = [node for node in _always(loop.body) if isinstance(node, Leaf)]
        clear = next((leaf for leaf in always if leaf.touches & view.clear), None)
        backward = next((leaf for leaf in always if leaf.touches & view.backward), None)
        counted = [fork for fork in _counted(loop.body) if fork.touches & view.step]
        if clear is None or backward is None or not counted or _steps_elsewhere(loop.body, view):
            continue
        if any(fork.touches & view.perhaps_backward for fork in counted):
            continue
        step = _first(counted[0], view.step)
        if step is not None:
            yield view.violation(CLEARED_EVERY_MICRO_BATCH, [clear, backward, step], clear)
    yield from _cleared_in_inner_loop(view)


def _cleared_in_inner_loop(view: _View) -> Iterator[Violation]:
    """Clear and backward run in every round of an inner loop, the step once after it."""
    for outer in _loops(view.root):
        inner = None
        for node in _always(outer.body):
            if isinstance(node, Cycle):
                inner = node if inner is None and node.many and not node.touches & view.perhaps_step else None
            elif inner is not None and isinstance(node, Leaf) and node.touches & view.step and not outer.touches & view.unknown:
                always = [part for part in _always(inner.body) if isinstance(part, Leaf)]
                clear = next((leaf for leaf in always if leaf.touches & view.clear), None)
                backward = next((leaf for leaf in always if leaf.touches & view.backward), None)
                if clear is not None and backward is not None and _only_in(outer, inner, view.perhaps_backward):
                    yield view.violation(CLEARED_EVERY_MICRO_BATCH, [clear, backward, node], clear)
                break


def _only_in(outer: Cycle, inner: Cycle, mask: int) -> bool:
    """Whether what the mask stands for happens in no other part of the outer loop than the inner one."""
    pending: list[Node] = [outer]
    while pending:
        node = pending.pop()
        if node is inner:
            continue
        if isinstance(node, Leaf) and node.touches & mask:
            return False
        pending.extend(parts(node))
    return True


def _always(node: Node) -> Iterator[Node]:
    """The events and loops that run whenever ``node`` runs, in order."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Leaf | Cycle):
            yield part
        elif isinstance(part, Chain | Frame):
            pending.extend(reversed(parts(part)))
        elif isinstance(part, Shelter):
            pending.extend((part.final, part.body))


def _counted(node: Node) -> Iterator[Fork]:
    """The outermost branches on a counter in one round of a loop."""
    return (part for part in _round(node) if isinstance(part, Fork) and on_counter(part))


def _steps_elsewhere(node: Node, view: _View) -> bool:
    return any(part.touches & view.perhaps_step for part in _round(node) if isinstance(part, Leaf | Cycle))


def _round(node: Node) -> Iterator[Node]:
    """The parts of one round, without what is inside loops and branches on counters."""
    pending = [node]
    while pending:
        part = pending.pop()
        yield part
        if not isinstance(part, Cycle) and not (isinstance(part, Fork) and on_counter(part)):
            pending.extend(reversed(parts(part)))
